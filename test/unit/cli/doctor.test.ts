import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { GOOD_TOKEN, startPatient } from '../../support/doctor-patient.ts'
import { startLoopbackServer } from '../../support/issuers/loopback-server.ts'
import { runCommand } from './run-command.ts'

const folder = mkdtempSync(join(tmpdir(), 'doctor-'))
afterAll(() => rmSync(folder, { recursive: true }))

function file(name: string, content: string): string {
  const path = join(folder, name)
  writeFileSync(path, content, { mode: 0o600 })
  return path
}

const URL_GIVEN = 'https://mcp.example.com/mcp'

describe('the command line of doctor', () => {
  it.each<[string[], string, Record<string, string>?]>([
    [[], 'the URL of the MCP server is missing'],
    [['a', 'b'], 'doctor takes one URL; got 2'],
    [['mcp.example.com'], 'is not an absolute URL'],
    [['ftp://mcp.example.com/'], 'is not an https URL'],
    [['https://user:pass@mcp.example.com/'], 'contains credentials'],
    [['https://mcp.example.com/#x'], 'has a fragment'],
    [[URL_GIVEN, '--time', '3'], "Unknown option '--time': did you mean --timeout?"],
    [[URL_GIVEN, '--timeout', '0'], '--timeout must be a number of seconds from 1 to 600'],
    [[URL_GIVEN, '--timeout', '1e9'], '--timeout must be'],
    [[URL_GIVEN, '--origin', 'app.example.com'], '--origin must be an origin'],
    [[URL_GIVEN, '--origin', 'https://app.example.com/'], '--origin must be an origin'],
    [[URL_GIVEN, '--client-id', 'x'], '--client-id needs --issuer'],
    [[URL_GIVEN, '--client-secret-file', 'x'], '--client-secret-file needs --issuer'],
    [[URL_GIVEN, '--try-registration'], '--try-registration needs --issuer or --env'],
    [[URL_GIVEN, '--env', '--issuer', 'https://a.example'], 'cannot go together'],
    [[URL_GIVEN, '--env'], 'set one of MCP_ISSUER'],
    [['--env'], 'MCP_RESOURCE is not set', { MCP_ISSUER: 'https://sso.example.com' }],
    [[URL_GIVEN, '--issuer', 'https://a.example', '--profile', 'x'], 'MCP_PROFILE must be one of'],
    [[URL_GIVEN, '--issuer', 'nothing'], 'is not an absolute URL'],
    [[URL_GIVEN, '--token-file', '/nowhere'], '--token-file: the file cannot be read (ENOENT)'],
    [['http://mcp.example.com/mcp'], 'a token is not sent over plain http', { MCP_TOKEN: 'abc' }],
  ])('%j is wrong: %s', async (args, message, environment = {}) => {
    const { code, out, err } = await runCommand(['doctor', ...args], { environment })
    expect(err).toContain(message)
    expect(err).toContain('mcp-resource-server doctor --help shows the options.')
    expect([code, out]).toEqual([2, ''])
  })

  it.each([
    ['--token', 'the-secret', '--token-file', 'x'],
    ['--issuer', 'https://a.example', '--client-secret', 'the-secret', '--client-secret-file', 'x'],
    ['--client-secret', 'the-secret'],
    ['--client-secret=the-secret', '--time'],
    ['--token=the-secret\u0000 x'],
  ])('S1.7: no message about %j repeats the secret', async (...args) => {
    const { code, out, err } = await runCommand(['doctor', URL_GIVEN, ...args])
    expect(code).toBe(2)
    expect(out + err).not.toContain('the-secret')
  })

  it.each([
    ['two tokens', 'secret-one secret-two'],
    ['nothing', '\n'],
    ['bytes', '\u0000\u0001secret'],
    ['too much', 'x'.repeat(100_000)],
  ])('a file for a token that holds %s is named, and not repeated', async (name, content) => {
    const path = file(name, content)
    const { code, out, err } = await runCommand(['doctor', URL_GIVEN, '--token-file', path])
    expect(code).toBe(2)
    expect(err).toContain('--token-file')
    expect(out + err).not.toMatch(/secret-one|xxx/)
    const fromInput = await runCommand(['doctor', URL_GIVEN, '--token-file', '-'], {
      input: content,
    })
    expect(fromInput.code).toBe(2)
    expect(fromInput.err).toContain('standard input')
  })

  it('shows its options', async () => {
    const { code, out } = await runCommand(['doctor', '--help'])
    expect(code).toBe(0)
    expect(out).toContain('Usage: mcp-resource-server doctor <url> [options]')
  })
})

describe('the report of doctor', () => {
  it('is text without colours, and the progress is on standard error', async () => {
    await using patient = await startPatient()
    const { code, out, err } = await runCommand(['doctor', patient.url])
    expect(code).toBe(0)
    expect(out).toMatch(/^good {5}CHALLENGE: /)
    expect(out).toMatch(/\nNothing is wrong\.\n$/)
    expect(err.split('\n').slice(0, 2)).toEqual([
      'doctor: the challenge to a request without a token …',
      'doctor: the protected resource metadata …',
    ])
  })

  it('says of each finding what was seen, what it means, how to mend it, and where to read', async () => {
    await using patient = await startPatient()
    patient.metadata.resource = `${patient.url}/`
    const { code, out } = await runCommand(['doctor', patient.url])
    expect(code).toBe(1)
    expect(out).toMatch(
      /\nfault {4}RESOURCE_MISMATCH\n {2}seen {3}resource is .* They differ in a slash at the end\n {2}means .*\n {2}mend {3}.*\n {2}guide {2}docs\/doctor\.md#resource_mismatch\n/,
    )
    expect(out).toMatch(/\n1 fault, no warnings\.\n$/)
  })

  it('has colours on a terminal only, and not with --no-color or NO_COLOR', async () => {
    await using patient = await startPatient()
    const coloured = async (args: string[], given: Parameters<typeof runCommand>[1]) =>
      (await runCommand(['doctor', patient.url, ...args], given)).out.includes('\u001b')
    expect(await coloured([], { isTerminal: true })).toBe(true)
    expect(await coloured([], {})).toBe(false)
    expect(await coloured(['--json'], { isTerminal: true })).toBe(false)
    expect(await coloured(['--no-color'], { isTerminal: true })).toBe(false)
    const environment = { NO_COLOR: '1' }
    expect(await coloured([], { isTerminal: true, environment })).toBe(false)
  })

  it('is JSON of a stable shape with --json', async () => {
    await using patient = await startPatient()
    patient.refusal = {}
    const { out } = await runCommand(['doctor', patient.url, '--json'])
    const report = JSON.parse(out)
    expect(Object.keys(report)).toEqual([
      'version',
      'url',
      'examined',
      'faults',
      'warnings',
      'findings',
    ])
    expect(report).toMatchObject({ version: 1, url: patient.url, faults: 0, warnings: 1 })
    for (const finding of report.findings) {
      const members = Object.keys(finding).sort()
      const expected = ['code', 'guide', 'meaning', 'remedy', 'seen', 'severity']
      expect(members).toEqual(expected.filter((name) => name in finding))
    }
  })

  it('reads the token from a file, a pasted header, the environment or standard input', async () => {
    await using patient = await startPatient()
    const path = file('token', `${GOOD_TOKEN}\n`)
    for (const [args, given] of [
      [['--token', GOOD_TOKEN], {}],
      [['--token-file', path], {}],
      [['--token-file', '-'], { input: `${GOOD_TOKEN}\n` }],
      [['--token-file', file('header', `Authorization: Bearer ${GOOD_TOKEN}`)], {}],
      [[], { environment: { MCP_TOKEN: GOOD_TOKEN } }],
    ] as const) {
      const { out, err, code } = await runCommand(['doctor', patient.url, ...args], given)
      expect(out).toContain('GIVEN_TOKEN: the server accepts it (HTTP 200)')
      expect(out + err).not.toContain(GOOD_TOKEN)
      expect(err.includes('other users of this machine can read --token;')).toBe(
        args[0] === '--token',
      )
      expect(code).toBe(0)
    }
  })

  it('S1.7: sends the secret of the client to the given issuer alone, and never prints it', async () => {
    await using patient = await startPatient()
    await using evil = await startLoopbackServer()
    patient.metadata.authorization_servers = [evil.origin]
    const secret = 'the-secret-of-the-client'
    const flags = ['--issuer', patient.issuer, '--client-id', 'mcp-server']
    const path = file('secret', secret)
    const basic = Buffer.from(`mcp-server:${secret}`).toString('base64')
    for (const given of [
      ['--client-secret-file', path],
      ['--client-secret', secret],
    ]) {
      const { out, err } = await runCommand(['doctor', patient.url, ...flags, ...given])
      expect(out + err).not.toContain(secret)
      expect(out + err).not.toContain(basic)
    }
    expect(evil.count()).toBeGreaterThan(0)
    for (const name of ['oauth-authorization-server', 'openid-configuration']) {
      for (const { headers, body } of evil.received(`/.well-known/${name}`)) {
        expect([headers.authorization, body]).toEqual([undefined, ''])
      }
    }
    expect(evil.count()).toBe(6)
  })
})
