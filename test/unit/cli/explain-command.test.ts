import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { runCommandLine } from '../../../src/cli/command-line.ts'
import { attackerKey, base64url, ecKey, ISSUER, RESOURCE, signToken } from '../../support/tokens.ts'
import { runCommand } from './run-command.ts'

const folder = mkdtempSync(join(tmpdir(), 'explain-'))
afterAll(() => rmSync(folder, { recursive: true }))

function file(name: string, content: string | Uint8Array): string {
  const path = join(folder, name)
  writeFileSync(path, content)
  return path
}

const KEYS = file('keys.json', JSON.stringify({ keys: [ecKey.publicKey] }))
const HERE = ['--resource', RESOURCE, '--issuer', ISSUER, '--scope', 'mcp:tools']
// The token is judged by the real clock here.
const good = await signToken({ key: ecKey, claims: { iat: 1, exp: 4_000_000_000 } })
const expired = await signToken({ key: ecKey, claims: { iat: 1, exp: 1_600_000_000 } })

/**
 * The token that the MCP tutorial on Keycloak shows, with its published header and claims:
 * https://modelcontextprotocol.io/docs/tutorials/security/authorization. Its signature is left out: nobody
 * here has the key.
 */
const TUTORIAL_TOKEN = [
  {
    alg: 'RS256',
    typ: 'JWT',
    kid: '5N710l5YnLZMwXfuVRJXkBKvY36sorgDnlrirgkeLys',
  },
  {
    exp: 1755540817,
    iat: 1755540757,
    auth_time: 1755538888,
    jti: 'onrtac:b34080ff-8404-6867-81be-1231b50593a8',
    iss: 'http://localhost:8080/realms/master',
    aud: 'http://localhost:3000',
    sub: '33ed6c6b-c6e0-4928-a161-f2f69c7a03b9',
    typ: 'Bearer',
    azp: '7975a5b6-8b59-4a85-9cba-8faebdab8974',
    sid: '8f7ec276-358f-4ccc-b313-db08290f376f',
    scope: 'mcp:tools',
  },
]
  .map((part) => base64url(JSON.stringify(part)))
  .concat(base64url('unknown signature'))
  .join('.')

const TUTORIAL = { AUTH_REALM: 'master', OAUTH_CLIENT_ID: 'mcp', OAUTH_CLIENT_SECRET: 's3cr3t' }

describe('mcp-resource-server explain', () => {
  it.each([
    ['the variables of the tutorial', [], TUTORIAL, 'introspection'],
    [
      'flags',
      words('--resource http://localhost:3000 --issuer http://localhost:8080/realms/master'),
      { MCP_PROFILE: 'keycloak', MCP_SCOPES: 'mcp:tools' },
      'key, signature',
    ],
  ])(
    'S1: the token of the tutorial has only expired, by %s',
    async (_by, flags, environment, open) => {
      const { code, out, err } = await runCommand(['explain', ...flags], {
        environment,
        input: `${TUTORIAL_TOKEN}\n`,
      })
      expect([code, err]).toEqual([1, ''])
      const broken = out.split('\n').filter((line) => line.startsWith('broken'))
      expect(broken).toHaveLength(1)
      expect(broken[0]).toMatch(
        /expiry .*"exp" is 2025-08-18 18:13:37 UTC, \d+ (months|years) ago$/,
      )
      expect(out).toContain('"aud" is "http://localhost:3000"')
      expect(out).toContain('Refused: expiry (reason token_expired).')
      expect(out).toContain(`Not checked: ${open}, revocation.`)
      expect(out).not.toContain('33ed6c6b')
      expect(out).not.toContain(TUTORIAL_TOKEN.slice(0, 20))
    },
  )

  it('accepts a good token with given keys, and refuses a forged one', async () => {
    const args = ['explain', ...HERE, '--keys', KEYS]
    const accepted = await runCommand(args, { input: good })
    expect(accepted).toMatchObject({ code: 0, err: '' })
    expect(accepted.out).toContain('Accepted: every rule holds.')
    const forged = await signToken({ key: attackerKey, claims: { iat: 1 } })
    const refused = await runCommand(args, { input: forged })
    expect(refused.code).toBe(1)
    expect(refused.out).toContain('Refused: key (reason key_unknown).')
  })

  it('is undecided without keys, says how to decide, and opens no connection', async () => {
    const { code, out } = await runCommand(['explain', ...HERE], { input: good })
    expect(code).toBe(1)
    expect(out).toContain(
      'Undecided: no rule is broken, but not every rule was checked: key, signature',
    )
    expect(out).toContain('--fetch')
  })

  it('--fetch says what it could not fetch', async () => {
    const flags = words(
      '--resource http://localhost:3000 --issuer http://127.0.0.1:1/realms/a --fetch',
    )
    const token = await signToken({
      claims: { iss: 'http://127.0.0.1:1/realms/a', aud: 'http://localhost:3000', iat: 1 },
    })
    const { code, out } = await runCommand(['explain', ...flags], { input: token })
    expect(code).toBe(1)
    expect(out).toMatch(/unchecked +key .*127\.0\.0\.1:1/)
  })

  it('--json prints the same as data', async () => {
    const { code, out } = await runCommand(['explain', ...HERE, '--json', '--keys', KEYS], {
      input: `Bearer ${expired}`,
    })
    expect(code).toBe(1)
    const { verdict, notes, rules } = JSON.parse(out)
    expect([verdict, notes.length]).toEqual(['refused', 1])
    expect(rules.find(({ rule }: { rule: string }) => rule === 'expiry')).toMatchObject({
      outcome: 'broken',
      reason: 'token_expired',
    })
  })

  it('uses colours only on a terminal, and never with NO_COLOR', async () => {
    const run = (options: object) => runCommand(['explain', ...HERE], { input: good, ...options })
    const esc = String.fromCharCode(27)
    const isTerminal = true
    expect((await run({ isTerminal })).out).toContain(`${esc}[32mholds`)
    expect((await run({})).out).not.toContain(esc)
    const environment = { NO_COLOR: '1' }
    expect((await run({ isTerminal, environment })).out).not.toContain(esc)
    const refused = await runCommand(['explain', ...HERE, '--no-color'], {
      input: good,
      isTerminal,
    })
    expect(refused.out).not.toContain(esc)
  })

  it('names a refresh token that was pasted', async () => {
    const token = await signToken({ claims: { typ: 'Refresh' }, header: { typ: 'JWT' } })
    const { out } = await runCommand(['explain', ...HERE, '--profile', 'keycloak'], {
      input: token,
    })
    expect(out).toContain('This looks like a refresh token.')
  })

  it('takes a .env file and a JSON file, whose profile is a name', async () => {
    const variables = file('mcp.env', `MCP_ISSUER=${ISSUER}\nMCP_RESOURCE="${RESOURCE}"\n`)
    const args = (config: string) => ['explain', '--config', config, '--keys', KEYS]
    expect(await runCommand(args(variables), { input: good })).toMatchObject({ code: 0 })
    const options = {
      resource: RESOURCE,
      authorizationServer: { issuer: ISSUER, profile: 'rfc9068' },
      policy: { tools: { add: 'allow', drop: { scopes: ['mcp:drop'] } } },
    }
    const json = file('mcp.json', JSON.stringify(options))
    expect(await runCommand([...args(json), '--tool', 'add'], { input: good })).toMatchObject({
      code: 0,
    })
    const drop = await runCommand([...args(json), '--tool', 'drop'], { input: good })
    expect(drop.out).toContain('Refused: scopes (reason scope_missing).')
  })

  it.each<[string, readonly string[], string | Uint8Array, RegExp]>([
    [
      'no configuration',
      [],
      good,
      /give --resource and --issuer, or --config <file>, or set one of MCP_ISSUER/,
    ],
    ['half a configuration', ['--issuer', ISSUER], good, /MCP_RESOURCE is not set/],
    ['an unknown flag', ['--isuer', 'x'], good, /did you mean --issuer\?/],
    ['an unknown profile', [...HERE, '--profile', 'acme'], good, /MCP_PROFILE must be one of/],
    ['a generic audience', [...HERE, '--audience', 'account'], good, /must name this server/],
    ['no input', HERE, '', /nothing was given/],
    ['binary input', HERE, new Uint8Array([0, 255, 1]), /not text/],
    ['several tokens', HERE, `${good}\n${expired}`, /2 different tokens/],
    ['too long an input', HERE, 'a'.repeat(1_048_577), /more than 1048576 bytes/],
    [
      'a file that is none',
      [...HERE, '--token-file', join(folder, 'none')],
      '',
      /--token-file: the file cannot be read \(ENOENT\)/,
    ],
    ['a folder', [...HERE, '--token-file', folder], '', /--token-file names a folder/],
    ['an endless file', [...HERE, '--token-file', '/dev/zero'], '', /more than 1048576 bytes/],
    [
      'keys that are none',
      [...HERE, '--keys', file('none.json', '{"keys":[]}')],
      good,
      /must hold a key/,
    ],
    [
      'keys that are no JSON',
      [...HERE, '--keys', file('no.json', 'keys')],
      good,
      /--keys: not JSON/,
    ],
    [
      'a config of bytes',
      ['--config', file('bytes', new Uint8Array([255]))],
      good,
      /not text in UTF-8/,
    ],
    [
      'a config of broken JSON',
      ['--config', file('broken.json', '{"a":')],
      good,
      /--config: not JSON/,
    ],
    [
      'a wrong option',
      ['--config', file('wrong.json', `{"resource":"${RESOURCE}","isuer":1}`)],
      good,
      /createResourceServer: /,
    ],
    [
      'a flag beside a JSON file',
      ['--config', file('x.json', '{}'), '--scope', 'a'],
      good,
      /--scope has no effect/,
    ],
    ['--tool without a policy', [...HERE, '--tool', 'add'], good, /--tool needs a `policy`/],
  ])('says what is wrong with %s, with the exit code 2', async (_what, args, input, message) => {
    const { code, out, err } = await runCommand(['explain', ...args], { input })
    expect([code, out]).toEqual([2, ''])
    expect(err).toMatch(message)
  })

  it.each([[[good]], [['--token', good]], [[`--token=${good}`]], [[`--${good}`]]])(
    'S1.7: never takes a token as an argument, and does not repeat it',
    async (args) => {
      const { code, err } = await runCommand(['explain', ...HERE, ...args])
      expect(code).toBe(2)
      expect(err).toContain('a token is never an argument')
      expect(err).not.toContain('eyJ')
    },
  )

  it('a megabyte of one word is a token that is too long', async () => {
    const { code, out } = await runCommand(['explain', ...HERE], { input: 'a'.repeat(1_000_000) })
    expect(code).toBe(1)
    expect(out).toContain('Refused: text (reason token_too_long).')
  })

  it('stops reading an endless standard input', async () => {
    let chunks = 0
    async function* endless() {
      for (;;) {
        chunks += 1
        yield 'a'.repeat(65_536)
      }
    }
    const printed = await run(endless())
    expect([printed.code, chunks]).toEqual([2, 17])
  })

  it('on a terminal it asks, reads until Enter, shows nothing that is typed, and Ctrl-C ends it', async () => {
    const modes: boolean[] = []
    const terminal = (...typed: string[]) => {
      async function* keys() {
        for (const text of typed) yield Buffer.from(text)
        throw new Error('it must not wait for more')
      }
      return Object.assign(keys(), { isTTY: true, setRawMode: (raw: boolean) => modes.push(raw) })
    }
    const accepted = await run(terminal(`${good.slice(0, 50)}x\u007f`, `${good.slice(50)}\r`))
    expect(accepted.code).toBe(0)
    expect(accepted.err).toBe('Paste the access token (it is not shown), then press Enter: \n')
    expect(await run(terminal('eyJ\u0003'))).toMatchObject({ code: 1, out: '' })
    expect(modes).toEqual([true, false, true, false])
  })
})

function words(text: string): string[] {
  return text.split(' ')
}

async function run(input: AsyncIterable<string | Uint8Array>) {
  const printed = { out: '', err: '' }
  const code = await runCommandLine(['explain', ...HERE, '--keys', KEYS], {
    print: (text) => {
      printed.out += text
    },
    complain: (text) => {
      printed.err += text
    },
    environment: {},
    input,
    isTerminal: false,
  })
  return { code, ...printed }
}
