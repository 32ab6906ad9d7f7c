import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll } from 'vitest'
import { ask } from '../../support/decisions.ts'
import { until } from '../../support/event-streams.ts'
import { html, json, resetBeforeHeaders, status } from '../../support/issuers/answers.ts'
import { describe, expect, it } from '../../support/issuers/it.ts'
import { CREDENTIALS, type LocalIssuer, startIssuer } from '../../support/issuers/local-issuer.ts'
import { addTransmitter, POLL, PUSH } from '../../support/issuers/transmitter.ts'
import { runCommand } from './run-command.ts'

const { clientId, clientSecret } = CREDENTIALS
const ENVIRONMENT = { MCP_CLIENT_SECRET: clientSecret }
const PUSH_URL = 'https://mcp.example.com/mcp/security-events'

const run = (args: readonly string[], environment: Record<string, string> = ENVIRONMENT) =>
  runCommand(['stream', ...args], { environment })

const at = (issuer: LocalIssuer, ...args: string[]) => [
  ...args,
  ...['--issuer', issuer.issuer, '--client-id', clientId],
]

/** A path in a folder that is removed after the test. */
function fileIn(folder: { remove: (() => void)[] }, name: string, text?: string): string {
  const made = mkdtempSync(join(tmpdir(), 'stream-command-'))
  folder.remove.push(() => rmSync(made, { recursive: true }))
  const file = join(made, name)
  if (text !== undefined) writeFileSync(file, text)
  return file
}

const SECRETS = [clientSecret, 'management-token', 'Bearer ']

describe('mcp-resource-server stream', () => {
  const folder = { remove: [] as (() => void)[] }
  const file = (name: string, text?: string) => fileIn(folder, name, text)
  afterAll(() => {
    for (const remove of folder.remove) remove()
  })

  it('SSF-1: creates a stream by push, and prints the options and no secret', async ({
    issuer,
  }) => {
    const fake = addTransmitter(issuer)
    const secret = file('authorization')
    const args = ['--push-url', PUSH_URL, '--authorization-file', secret]
    const { code, out, err } = await run(at(issuer, 'create', ...args))
    expect({ code, err }).toEqual({ code: 0, err: '' })
    const written = readFileSync(secret, 'utf8').trim()
    expect(written).toMatch(/^Bearer [0-9a-f]{64}$/)
    expect(statSync(secret).mode & 0o777).toBe(0o600)
    expect(fake.streams).toMatchObject([
      { delivery: { method: PUSH, endpoint_url: PUSH_URL, authorization_header: written } },
    ])
    expect(out).toContain(`securityEvents: {
  audience: '${fake.streams[0]?.aud[0]}',
  authorization: process.env.SECURITY_EVENTS_AUTHORIZATION ?? '',
  path: '/mcp/security-events',
}
`)
    for (const word of [...SECRETS, written]) expect(out).not.toContain(word)
  })

  it('SSF-1: changes the stream that is there, and does nothing if it is right', async ({
    issuer,
  }) => {
    const fake = addTransmitter(issuer)
    const secret = file('authorization', `Bearer ${'x'.repeat(40)}\n`)
    const push = ['--push-url', PUSH_URL, '--authorization-file', secret]
    expect((await run(at(issuer, 'create', ...push))).out).toContain('was created')
    expect((await run(at(issuer, 'create', ...push))).out).toContain('is right already')
    const { out } = await run(at(issuer, 'create', ...push, '--event', 'urn:one'))
    expect(out).toContain('was changed')
    expect(fake.streams).toMatchObject([{ events_requested: ['urn:one'] }])
  })

  it('POLL-1: the printed options of a polled stream work', async ({ issuer }) => {
    const fake = addTransmitter(issuer)
    const { code, out } = await run(at(issuer, 'create', '--poll'))
    expect(code).toBe(0)
    const [, printed = ''] = /securityEvents: (\{[\s\S]*\})/.exec(out) ?? []
    const securityEvents = new Function('process', `return (${printed})`)({ env: ENVIRONMENT })
    await fake.send()
    const gate = await issuer.readyGate({ securityEvents })
    expect(await ask(gate, await issuer.token())).toMatchObject({ reason: 'token_revoked' })
  })

  it('shows, verifies, pauses and deletes the stream', async ({ issuer }) => {
    const fake = addTransmitter(issuer)
    await run(at(issuer, 'create', '--poll'))
    expect((await run(at(issuer, 'show'))).out).toMatch(/^status {7}enabled$/m)
    expect((await run(at(issuer, 'verify'))).code).toBe(0)
    await until(() => fake.states.length === 1)
    expect((await run(at(issuer, 'status', '--set', 'paused'))).out).toBe('paused\n')
    expect((await run(at(issuer, 'status'))).out).toBe('paused\n')
    expect((await run(at(issuer, 'delete'))).code).toBe(0)
    expect(fake.streams).toEqual([])
    expect(await run(at(issuer, 'show'))).toMatchObject({
      code: 1,
      err: expect.stringContaining('has no stream'),
    })
  })

  it('of several streams one must be chosen', async ({ issuer }) => {
    const fake = addTransmitter(issuer, { severalStreams: true })
    fake.register({ stream_id: 'one' })
    fake.register({ stream_id: 'two' })
    expect(await run(at(issuer, 'delete'))).toMatchObject({
      code: 1,
      err: expect.stringContaining('choose one by --stream-id: one, two'),
    })
    expect((await run(at(issuer, 'delete', '--stream-id', 'two'))).code).toBe(0)
    expect(fake.streams.map(({ stream_id }) => stream_id)).toEqual(['one'])
  })

  it('SSF-1: a stream for another purpose is not changed', async ({ issuer }) => {
    const fake = addTransmitter(issuer)
    fake.register({ description: 'for the SIEM', delivery: { method: POLL, endpoint_url: 'x' } })
    const before = structuredClone(fake.streams)
    const { code, err } = await run(at(issuer, 'create', '--poll'))
    expect(code).toBe(1)
    expect(err).toContain('a stream for another purpose')
    expect(fake.streams).toEqual(before)
  })

  it('the secret can be in a file', async ({ issuer }) => {
    addTransmitter(issuer)
    const args = ['--poll', '--client-secret-file', file('secret', `${clientSecret}\n`)]
    expect((await run(at(issuer, 'create', ...args), {})).code).toBe(0)
  })

  it('what a transmitter writes cannot draw on the terminal', async ({ issuer }) => {
    const fake = addTransmitter(issuer)
    fake.register({ description: 'one\u001b[2Jtwo\nthree', aud: ["it's\\"] })
    const { out } = await run(at(issuer, 'show'))
    expect(out).not.toContain('\u001b')
    expect(out).toContain("audience: 'it\\'s\\\\'")
  })

  it.each([
    ['a reset', resetBeforeHeaders(), 'stream_configuration of http'],
    ['401', status(401), 'scopes ssf.manage ssf.read'],
    ['500', status(500), 'HTTP 500'],
    ['a page', html(), 'not JSON'],
    ['a number', json(1), 'did not answer with streams'],
  ])('exit code 1: %s', async (_what, answer, words) => {
    await using issuer = await startIssuer()
    const fake = addTransmitter(issuer)
    fake.instead.streams = answer
    const { code, err } = await run(at(issuer, 'show'))
    expect(code).toBe(1)
    expect(err).toContain(words)
    for (const word of SECRETS) expect(err).not.toContain(word)
  })

  it('exit code 1: the secret is wrong, and is not printed', async ({ issuer }) => {
    addTransmitter(issuer)
    const { code, err } = await run(at(issuer, 'show'), { MCP_CLIENT_SECRET: 'wrong-secret-1234' })
    expect(code).toBe(1)
    expect(err).toContain('--client-secret-file')
    expect(err).not.toContain('wrong-secret-1234')
  })

  const ISSUER = ['--issuer', 'https://sso.example.com', '--client-id', 'mcp']
  it.each<[string, readonly string[], string]>([
    ['no subcommand', [], 'stream needs one of create, show, verify, status, delete'],
    ['a subcommand that is none', ['remove'], 'got remove'],
    ['no issuer', ['show'], '--issuer is missing'],
    ['no client', ['show', '--issuer', 'https://sso.example.com'], '--client-id is missing'],
    [
      'plain http',
      ['show', '--issuer', 'http://sso.example.com', '--client-id', 'a'],
      '--issuer is',
    ],
    ['no delivery', ['create', ...ISSUER], 'needs --push-url or --poll'],
    ['both', ['create', ...ISSUER, '--poll', '--push-url', PUSH_URL], '--push-url or --poll'],
    ['no header', ['create', ...ISSUER, '--push-url', PUSH_URL], 'needs --authorization-file'],
    ['a bad URL', ['create', ...ISSUER, '--push-url', 'mcp'], '--push-url is not an absolute URL'],
    ['a flag of another', ['show', ...ISSUER, '--poll'], '--poll is only for stream create'],
    ['a status that is none', ['status', ...ISSUER, '--set', 'on'], '--set must be enabled'],
    ['a misspelt flag', ['show', '--isuer', 'a'], 'did you mean --issuer?'],
    [
      'a secret as argument',
      ['show', '--client-secret', 'abc'],
      "Unknown option '--client-secret'",
    ],
  ])('exit code 2: %s', async (_what, args, words) => {
    const { code, out, err } = await run(args)
    expect({ code, out }).toEqual({ code: 2, out: '' })
    expect(err).toContain(words)
    expect(err).toContain('mcp-resource-server stream --help shows the options.')
  })

  it('exit code 2: no secret, or a file that cannot be used', async () => {
    expect((await run(['show', ...ISSUER], {})).err).toContain('set MCP_CLIENT_SECRET')
    for (const [name, text] of [
      ['missing', undefined],
      ['empty', ''],
    ] as const) {
      const args = ['show', ...ISSUER, '--client-secret-file', file(name, text)]
      expect((await run(args, {})).code).toBe(2)
    }
    const short = file('short', 'Bearer abc')
    const args = ['create', ...ISSUER, '--push-url', PUSH_URL, '--authorization-file', short]
    const { code, err } = await run(args)
    expect(code).toBe(2)
    expect(err).not.toContain('abc')
  })

  it('--help prints the usage', async () => {
    for (const args of [['--help'], ['create', '--help']]) {
      const { code, out } = await run(args)
      expect(code).toBe(0)
      expect(out).toContain('Usage: mcp-resource-server stream')
    }
  })
})
