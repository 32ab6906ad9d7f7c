import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { promisify } from 'node:util'
import { beforeAll, describe, expect, it } from 'vitest'
import { startAuthorizationServer } from '../support/issuers/authorization-server.ts'

const run = promisify(execFile)
const jwtLike = /eyJ[\w-]{20,}/

function environment(more: Record<string, string> = {}) {
  const { FORCE_COLOR: _, NO_COLOR: __, ...rest } = process.env
  return { ...rest, ...more }
}

describe('npm run demo', () => {
  let output: string
  let steps: string[]

  beforeAll(async () => {
    // Rejects unless the demo ends with 0.
    const { stdout, stderr } = await run(process.execPath, ['examples/demo/demo.ts'], {
      env: environment({ FORCE_COLOR: '1' }),
      timeout: 200_000,
    })
    expect(stderr).toBe('')
    output = stdout
    steps = output.split(/\n\s*▸ /)
  })

  const step = (title: string) => {
    const text = steps.find((candidate) => candidate.startsWith(`${title}\n`))
    if (text === undefined) throw new Error(`The demo has no step "${title}"`)
    return text
  }

  it('S4: the stock client goes from the URL alone to the tools’ answers', () => {
    expect(output).toContain('✓ 2 + 3 = 5 and 6 × 7 = 42')
    expect(output).toContain(
      '✓ 401 → metadata → discovery → registration → authorization → token → call',
    )
  })

  it('S1: a tool answers operation, operands, result and timestamp', () => {
    expect(output).toMatch(
      /\{"operation":"addition","operand_a":2,"operand_b":3,"result":5,"timestamp":"[^"]+"\}/,
    )
    expect(output).toMatch(
      /\{"operation":"multiplication","operand_x":6,"operand_y":7,"result":42,"timestamp":"[^"]+"\}/,
    )
  })

  it('MCP-2 MCP-8 RFC6750-2: without a token the challenge has scope and metadata, and no error', () => {
    const text = step('no token')
    expect(text).toContain('401 Unauthorized')
    expect(text).toMatch(/WWW-Authenticate: Bearer .*scope="mcp:tools"/)
    expect(text).toMatch(
      /resource_metadata="http:\/\/127\.0\.0\.1:\d+\/\.well-known\/oauth-protected-resource\/mcp"/,
    )
    expect(text).not.toContain('error=')
  })

  it.each([
    ['MCP-6', 'garbage', 'token_opaque'],
    ['MCP-7', 'an expired token', 'token_expired'],
    ['MCP-14', 'a token for another audience', 'audience_mismatch'],
    ['S1.11', 'a token of another issuer', 'issuer_unknown'],
    ['RFC7662-2', 'introspection: after revocation', 'token_inactive'],
    ['RFC7662-2', 'hybrid: after revocation', 'token_inactive'],
    ['REV-1', 'after the logout', 'token_revoked'],
  ])(
    '%s RFC6750-3: %s is 401 invalid_token with a complete challenge (S1.9, S1.13)',
    (_id, title, reason) => {
      const text = step(title)
      expect(text).toContain('401 Unauthorized')
      expect(text).toMatch(/WWW-Authenticate: Bearer .*error="invalid_token"/)
      expect(text).toContain('resource_metadata="')
      expect(text).toContain('"correlation_id"')
      // S1.13: the exact reason is the operator's alone.
      expect(text).toContain(`The operator sees: ${reason}:`)
      expect(text.slice(0, text.indexOf('The operator sees'))).not.toContain(reason)
      expect(text).toContain(`✓ ${title}`)
    },
  )

  it('MCP-9: a missing scope is 403 insufficient_scope, and names the scope', () => {
    const text = step('a token without the scope')
    expect(text).toContain('403 Forbidden')
    expect(text).toMatch(/error="insufficient_scope".*scope="mcp:tools"/)
  })

  it('RFC9449-2: a stolen bearer token works for the thief, so the demo shows that first', () => {
    expect(step('a stolen bearer token')).toContain('200 OK')
    expect(output).toContain('✓ a client with a key: 2 + 3 = 5')
  })

  it.each([
    ['RFC9449-2', 'as a bearer token', 'Bearer error="invalid_token"', 'sender_constraint_unmet'],
    ['RFC9449-3', 'without a proof', 'DPoP error="invalid_dpop_proof"', 'dpop_proof_missing'],
    [
      'RFC9449-6',
      'the client’s own proof again',
      'DPoP error="invalid_dpop_proof"',
      'dpop_proof_replayed',
    ],
    [
      'RFC9449-4',
      'a proof of the thief’s own key',
      'DPoP error="invalid_token"',
      'dpop_key_mismatch',
    ],
  ])('%s: a stolen token that is bound to a key is refused: %s', (_id, how, error, reason) => {
    const text = step(`the thief: ${how}`)
    expect(text).toContain('401 Unauthorized')
    expect(text).toContain(error)
    expect(text.match(/error="/g)).toHaveLength(1)
    expect(text).toContain(`The operator sees: ${reason}:`)
  })

  it('REV-1: a logout ends the open stream of the token, and a new token works', () => {
    expect(step('before the logout')).toContain('200 OK')
    expect(output).toContain('✓ an open event stream of the JWT ends')
    expect(step('a new token after the logout')).toContain('200 OK')
  })

  it('RFC7662-3: in an outage a known token is allowed, an unknown one is 503 with Retry-After', () => {
    expect(step('warm: the same token again')).toContain('200 OK')
    expect(step('warm: a new JWT, known keys')).toContain('200 OK')
    const cold = step('cold: an opaque token never seen before')
    expect(cold).toContain('503 Service Unavailable')
    expect(cold).toMatch(/Retry-After: [1-9]\d*/)
    expect(cold).not.toContain('WWW-Authenticate')
    expect(step('after the outage')).toContain('200 OK')
  })

  it('RFC8725-2: a rotation of keys refuses nobody while both keys are published', () => {
    expect(step('a token of the new key')).toContain('200 OK')
    expect(step('a token of the old key, after')).toContain('200 OK')
    expect(output).toContain('✓ nothing is refused')
  })

  it('S1.7: no token is in the transcript', () => {
    expect(output).not.toMatch(jwtLike)
  })

  it('is not coloured where there is no terminal, and says that all is as expected', () => {
    expect(output).not.toContain('\u001b')
    expect(output).not.toContain('✗')
    expect(output).toMatch(/All \d+ outcomes as expected/)
  })

  it('ends with what to do next', () => {
    const end = output.slice(output.indexOf('outcomes as expected'))
    for (const next of ['npm start', 'README.md', 'docs/keycloak.md']) expect(end).toContain(next)
  })
})

describe('npm start', () => {
  it('S4: prints curl commands that work as printed, shows each decision, and ends cleanly with Ctrl-C', async () => {
    const child = spawn(process.execPath, ['examples/demo/start.ts'], {
      env: environment({ PAGE_PORT: '0', PORT: '0', ISSUER_PORT: '0' }),
    })
    const outputUntil = reader(child)
    const help = await outputUntil('the caller is not told.')

    // The Inspector takes its mode before everything else, and refuses it after that.
    const inspector = help.match(/npx @modelcontextprotocol\/inspector .*/g) ?? []
    expect(inspector).toHaveLength(2)
    for (const command of inspector) {
      expect(command).toMatch(
        /inspector (?:--cli )?--transport http --server-url http:\S+\/mcp(?: --method tools\/list)?$/,
      )
    }

    const commands = help
      .slice(help.indexOf('    ISSUER='), help.indexOf('With the MCP Inspector'))
      .replace(/^ {4}/gm, '')
    const { stdout } = await run('sh', ['-euc', commands], { env: environment(), timeout: 200_000 })
    expect(stdout).toContain('HTTP/1.1 401')
    expect(stdout).toContain('"authorization_servers"')
    expect(stdout).toContain('"result":5')

    const decisions = await outputUntil('allowed: ')
    expect(decisions).toMatch(
      /^[\d:]{8} {2}401 {2}POST {4}credentials_missing: .+ \([-\da-f]{36}\)$/m,
    )
    expect(decisions).toMatch(/^[\d:]{8} {2}200 {2}POST {4}allowed: \S+, by client \S+$/m)
    expect(help + decisions).not.toMatch(jwtLike)

    child.kill('SIGINT')
    const [code] = await once(child, 'exit')
    expect(code).toBe(0)
  })

  it.each(['PAGE_PORT', 'PORT', 'ISSUER_PORT'])(
    'says what to do where %s is taken or no port',
    async (name) => {
      const taken = createServer()
      await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve))
      const { port } = taken.address() as AddressInfo
      const ports = { PAGE_PORT: 0, PORT: 0, ISSUER_PORT: 0, [name]: port + 10 }
      const chosen = Object.entries(ports).map(([variable, value]) => `${variable}=${value}`)
      const others = `${chosen.join(' ')} npm start`
      const answers = [
        [String(port), `Port ${port} is taken by another program. Choose another one: ${others}`],
        ['3000x', `${name} is "3000x", and has to be a number from 0 to 65535.`],
      ] as const
      const tried = answers.map(async ([value, text]) => {
        const env = environment({ PAGE_PORT: '0', PORT: '0', ISSUER_PORT: '0', [name]: value })
        const failed = run(process.execPath, ['examples/demo/start.ts'], { env, timeout: 200_000 })
        await expect(failed).rejects.toMatchObject({
          code: 1,
          stdout: '',
          stderr: expect.stringContaining(text),
        })
      })
      await Promise.all(tried)
      taken.close()
    },
  )
})

/** Reads what a process prints, each piece once: up to a text, and what came along with it. */
function reader(child: ChildProcess): (end: string) => Promise<string> {
  const chunks = child.stdout?.setEncoding('utf8')[Symbol.asyncIterator]()
  return async (end) => {
    let text = ''
    while (!text.includes(end)) {
      const { value, done } = (await chunks?.next()) ?? { done: true }
      if (done) throw new Error(`Ended before "${end}": ${text}`)
      text += value
    }
    return text
  }
}

describe('the embedded authorization server', () => {
  it.each(['jwt', 'opaque'] as const)(
    'introspects and revokes a %s access token of its own, and only that',
    async (format) => {
      const resource = 'https://mcp.example.com/mcp'
      const resources = [{ resource, scopes: ['mcp:tools'], format }]
      await using ours = await startAuthorizationServer({ resources })
      await using theirs = await startAuthorizationServer({ resources })

      const token = await ours.clientCredentialsToken({ resource, scope: 'mcp:tools' })
      expect(token.split('.')).toHaveLength(format === 'jwt' ? 3 : 1)
      expect(await ours.introspect(token)).toMatchObject({
        active: true,
        aud: resource,
        scope: 'mcp:tools',
        iss: ours.issuer,
      })
      expect(await theirs.introspect(token)).toEqual({ active: false })
      expect(await ours.introspect(`${token}x`)).toEqual({ active: false })

      await ours.rotateKeys({ keepOld: true })
      expect(await ours.introspect(token)).toMatchObject({ active: true })
      await ours.revoke(token)
      expect(await ours.introspect(token)).toEqual({ active: false })
    },
  )

  it('tells nothing to a caller that does not authenticate', async () => {
    const resource = 'https://mcp.example.com/mcp'
    const resources = [{ resource, scopes: ['mcp:tools'], format: 'jwt' as const }]
    await using server = await startAuthorizationServer({ resources })
    const token = await server.clientCredentialsToken({ resource, scope: 'mcp:tools' })
    const response = await fetch(`${server.issuer}/introspect`, {
      method: 'POST',
      body: new URLSearchParams({ token }),
    })
    expect([400, 401]).toContain(response.status)
    expect(await response.text()).not.toContain('"active"')
  })
})
