import dns from 'node:dns'
import { syncBuiltinESMExports } from 'node:module'
import { createServer as createTcpServer } from 'node:net'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { examineAll } from '../../../../src/doctor/examination.ts'
import type { AddressZone } from '../../../../src/doctor/outside/address-zone.ts'
import { createOutsideExaminations } from '../../../../src/doctor/outside/outside-examinations.ts'
import {
  challenged,
  GOOD_TOKEN,
  type Patient,
  startPatient,
} from '../../../support/doctor-patient.ts'
import { runDoctor } from '../../../support/doctor-run.ts'
import {
  drip,
  dropsKeptConnections,
  huge,
  json,
  raw,
  redirect,
  resetAfterHeaders,
  resetBeforeHeaders,
  silent,
} from '../../../support/issuers/answers.ts'
import {
  type Answer,
  deadOrigin,
  type LoopbackServer,
  startLoopbackServer,
} from '../../../support/issuers/loopback-server.ts'
import { listenDuringTest } from '../../../support/loopback.ts'
import { runCommand } from '../../cli/run-command.ts'

const PATH = '/.well-known/oauth-protected-resource/mcp'
const ROOT = '/.well-known/oauth-protected-resource'
const DISCOVERY = ['/.well-known/oauth-authorization-server', '/.well-known/openid-configuration']

/** Where a hostile server can answer, and the code if what it answers cannot be read. */
const PLACES: readonly (readonly [string, string, (p: Patient, answer: Answer) => void])[] = [
  [
    'the metadata',
    'METADATA_MISSING',
    (p, answer) => {
      p.answers(PATH, answer)
      p.answers(ROOT, answer)
    },
  ],
  [
    'the metadata of the authorization server',
    'ISSUER_METADATA_UNREADABLE',
    (p, answer) => {
      for (const path of DISCOVERY) p.authorizationServer.on(path, answer)
    },
  ],
  ['the keys', 'KEYS_UNREADABLE', (p, answer) => p.authorizationServer.on('/keys', answer)],
]

/** 100 MB, as fast as they are read. */
const flood: Answer = (_received, response) => {
  response.writeHead(200, { 'content-type': 'application/json' })
  const piece = 'x'.repeat(65_536)
  let left = 1600
  const write = (): void => {
    while (left > 0 && !response.destroyed) {
      left -= 1
      if (!response.write(piece)) return
    }
    response.end()
  }
  response.on('drain', write)
  write()
}

async function startCanary(): Promise<LoopbackServer> {
  const canary = await startLoopbackServer()
  onTestFinished(() => canary[Symbol.asyncDispose]())
  return canary
}

describe('doctor and hostile servers', () => {
  it.each([301, 302, 303, 307, 308])('follows no redirect (HTTP %i)', async (code) => {
    const canary = await startCanary()
    for (const [, , place] of PLACES) {
      await using patient = await startPatient()
      place(patient, redirect(`${canary.origin}/inside`, code))
      patient.answers('/mcp/', redirect(`${canary.origin}/inside`, code))
      expect((await runDoctor(patient.url)).code).toBe(1)
    }
    await using patient = await startPatient()
    patient.answers('/mcp', redirect(`${canary.origin}/inside`, code))
    const { wrong } = await runDoctor(patient.url, [], { environment: { MCP_TOKEN: GOOD_TOKEN } })
    expect(wrong).toEqual(['REDIRECTED'])
    expect(canary.count()).toBe(0)
  })

  it('calls no address that the challenge names at another origin', async () => {
    const canary = await startCanary()
    await using patient = await startPatient()
    patient.challenge.resource_metadata = `${canary.origin}${PATH}`
    expect((await runDoctor(patient.url)).wrong).toEqual(['METADATA_ELSEWHERE'])
    expect(canary.accepted).toBe(0)
  })

  // Half of the time is for a single call, so a body without an end must not wait for long.
  const answers: readonly (readonly [string, Answer, seconds?: string])[] = [
    ['2 MB', huge({})],
    ['100 MB', flood],
    ['a body that drips and never ends', drip(), '4'],
    ['a body that breaks off', resetAfterHeaders()],
    ['a list', json([])],
    ['text', raw('hello')],
    ['bytes that are not UTF-8', raw(Uint8Array.of(0x22, 0xff, 0x22))],
    ['a member twice', raw('{"issuer":"a","issuer":"b"}')],
    ['ten thousand brackets', raw('['.repeat(10_000) + ']'.repeat(10_000))],
  ]
  it.each(
    PLACES.flatMap(([place, code, set]) =>
      answers.map(
        ([name, answer, seconds = '100']) => [place, name, code, set, answer, seconds] as const,
      ),
    ),
  )('%s: %s is reported', async (_place, _name, code, set, answer, seconds) => {
    await using patient = await startPatient()
    set(patient, answer)
    const { wrong } = await runDoctor(patient.url, ['--timeout', seconds])
    expect(wrong).toContain(code)
    expect(wrong).not.toContain('EXAMINATION_FAILED')
  })

  it.each([
    ['no answer', silent()],
    ['a connection that is reset', resetBeforeHeaders()],
  ])('%s is reported everywhere', async (_name, answer) => {
    for (const [, , set] of PLACES) {
      await using patient = await startPatient()
      set(patient, answer)
      const { report, code } = await runDoctor(patient.url, ['--timeout', '2'])
      expect(report.faults).toBeGreaterThan(0)
      expect(code).toBe(1)
    }
  })

  it('ends when the time is over, and says what was not examined', async () => {
    await using patient = await startPatient()
    patient.answers(PATH, drip())
    patient.answers(ROOT, drip())
    patient.answers('/mcp', (received, response) =>
      received.headers.origin === undefined && received.authorization === undefined
        ? challenged(patient, false)(received, response)
        : undefined,
    )
    const { report, wrong, code } = await runDoctor(patient.url, ['--timeout', '3'])
    expect(wrong).toContain('TIME_OVER')
    expect(code).toBe(1)
    const { seen } = report.findings.find((finding) => finding.code === 'TIME_OVER') ?? {}
    expect(seen).toContain('the fields Host and X-Forwarded-Host')
  })

  const WRONG = [null, 1, '', 'x', [], {}, [1], [null], [{}], { a: 1 }, true]
  it('survives every wrong type of every member', async () => {
    await using patient = await startPatient()
    const { metadata, issuerMetadata } = patient
    const [good, goodIssuer] = [{ ...metadata }, { ...issuerMetadata }]
    const names = [...Object.keys(good), 'dpop_signing_alg_values_supported']
    const issuerNames = [
      ...Object.keys(goodIssuer),
      'grant_types_supported',
      'scopes_supported',
      'registration_endpoint',
    ]
    for (const value of WRONG) {
      Object.assign(metadata, Object.fromEntries(names.map((name) => [name, value])))
      const run = await runDoctor(patient.url)
      expect(run.wrong).not.toContain('EXAMINATION_FAILED')
      expect(run.wrong).toContain('RESOURCE_MISMATCH')
      Object.assign(metadata, good)
      const others = issuerNames.filter((name) => name !== 'issuer')
      Object.assign(issuerMetadata, Object.fromEntries(others.map((name) => [name, value])))
      const issuerRun = await runDoctor(patient.url)
      expect(issuerRun.wrong).not.toContain('EXAMINATION_FAILED')
      expect(issuerRun.report.faults).toBeGreaterThan(0)
      Object.assign(issuerMetadata, goodIssuer)
      patient.keys = { keys: [value, { kty: 'RSA', n: value, e: value, kid: value, crv: value }] }
      expect((await runDoctor(patient.url)).wrong).toContain('KEYS_UNUSABLE')
      patient.keys = { keys: [{ kty: 'EC', crv: 'P-256', x: value, y: value }] }
      expect((await runDoctor(patient.url)).wrong).toContain('KEYS_UNUSABLE')
      patient.keys = { keys: value }
      expect((await runDoctor(patient.url)).wrong).toEqual(
        expect.arrayContaining([expect.stringMatching(/^KEYS_UN/)]),
      )
    }
  })

  it('is not disturbed by a server that closes idle connections', async () => {
    await using patient = await startPatient()
    const own: Answer = (received, response) => json(patient.issuerMetadata)(received, response)
    for (const path of DISCOVERY) patient.authorizationServer.on(path, dropsKeptConnections(own))
    const { keys } = patient
    patient.authorizationServer.on('/keys', dropsKeptConnections(json(keys)))
    patient.answers(
      '/mcp',
      dropsKeptConnections((received, response) =>
        challenged(patient, received.authorization !== undefined)(received, response),
      ),
    )
    expect((await runDoctor(patient.url)).wrong).toEqual([])
  })

  it('examines four authorization servers of a thousand, and each of them once', async () => {
    await using patient = await startPatient()
    const issuers = Array.from({ length: 1000 }, (_, at) => `${patient.issuer}/${at % 600}`)
    patient.metadata.authorization_servers = issuers
    const { wrong } = await runDoctor(patient.url)
    expect(wrong).toEqual(['AUTHORIZATION_SERVERS_MANY', 'ISSUER_METADATA_MISSING'])
    expect(patient.authorizationServer.count()).toBe(16)
  })

  it('fetches no keys that the metadata of another issuer names', async () => {
    await using patient = await startPatient()
    patient.issuerMetadata.issuer = 'https://other.example'
    expect((await runDoctor(patient.url)).wrong).toEqual(['ISSUER_MISMATCH'])
    expect(patient.authorizationServer.count('/keys')).toBe(0)
  })

  it('registers nobody, and calls no endpoint but the metadata and the keys', async () => {
    await using patient = await startPatient()
    for (const name of ['registration', 'introspection', 'revocation']) {
      patient.issuerMetadata[`${name}_endpoint`] = `${patient.issuer}/${name}`
    }
    await runDoctor(patient.url)
    for (const name of ['registration', 'introspection', 'revocation', 'token', 'authorize']) {
      expect(patient.authorizationServer.count(`/${name}`)).toBe(0)
    }
  })

  it('sends the given token to the server alone, and its own tokens to nobody else', async () => {
    await using patient = await startPatient()
    await runDoctor(patient.url, [], { environment: { MCP_TOKEN: GOOD_TOKEN } })
    const { authorizationServer, server } = patient
    for (const path of [...DISCOVERY, '/keys']) {
      for (const { headers } of authorizationServer.received(path)) {
        expect(headers.authorization).toBeUndefined()
      }
    }
    const sent = server.received('/mcp').filter(({ authorization }) => authorization)
    expect(sent.filter((one) => one.authorization?.includes(GOOD_TOKEN))).toHaveLength(1)
    expect(server.received('/mcp').some(({ url }) => url.includes(GOOD_TOKEN))).toBe(false)
  })

  it('draws nothing on the terminal that a server has sent', async () => {
    const evil = '\u001b]0;x\u0007\u001b[31m\r\n\u0000\u202e\u2066\u200b\u009b5m"><script>'
    await using patient = await startPatient()
    patient.metadata.resource = `https://a.example/${evil}`
    patient.metadata.authorization_servers = [evil, `https://${evil}`, patient.issuer]
    patient.metadata.scopes_supported = [evil]
    patient.issuerMetadata.token_endpoint = evil
    patient.issuerMetadata.registration_endpoint = evil
    patient.issuerMetadata.code_challenge_methods_supported = [evil]
    patient.issuerMetadata.scopes_supported = [evil]
    patient.keys = { keys: [{ kty: 'RSA', kid: evil, n: evil, e: evil, k: evil }] }
    patient.challenge.error = '\u009b31m'
    for (const flags of [[], ['--json']]) {
      const { out, err } = await runCommand(['doctor', patient.url, ...flags])
      expect(out).toContain('RESOURCE_MISMATCH')
      expect(`${out}${err}`.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u)
    }
  })

  it('S1.7: repeats no token that a server repeats', async () => {
    await using patient = await startPatient()
    const token = `secret-token-${'abcdef0123456789'.repeat(4)}`
    patient.answers('/mcp', (received, response) => {
      const { authorization } = received
      const hasToken = authorization !== undefined
      patient.refusal = { error: 'invalid_token', error_description: authorization ?? '' }
      return challenged(patient, hasToken)(received, response)
    })
    const { printed, wrong } = await runDoctor(patient.url, [], { input: token })
    const given = await runDoctor(patient.url, ['--token-file', '-'], { input: token })
    expect(wrong).toEqual(['TOKEN_REPEATED'])
    expect(given.wrong).toEqual(['GIVEN_TOKEN_REFUSED', 'TOKEN_REPEATED'])
    expect(printed + given.printed).not.toContain(token.slice(0, 12))
    expect(printed + given.printed).not.toContain('abcdef0123456789')
  })
})

describe('doctor and servers that nobody can reach', () => {
  const examined = async (url: string, timeout = '20') => {
    const { code, wrong, report } = await runDoctor(url, ['--timeout', timeout])
    expect(code).toBe(2)
    expect(report).toMatchObject({ examined: false, faults: 1 })
    expect(wrong).toEqual(['SERVER_UNREACHABLE'])
    return report.findings[0]?.seen
  }

  it('says that nobody listens', async () => {
    expect(await examined(`${await deadOrigin()}/mcp`)).toContain('refuses the connection')
  })

  it('says that the name has no address', async () => {
    const lookup = vi
      .spyOn(dns, 'lookup')
      .mockImplementation(((_host: string, _options: unknown, callback: (error: Error) => void) =>
        callback(Object.assign(new Error('no such name'), { code: 'ENOTFOUND' }))) as never)
    syncBuiltinESMExports()
    onTestFinished(() => {
      lookup.mockRestore()
      syncBuiltinESMExports()
    })
    expect(await examined('https://nobody.invalid/mcp')).toMatch(/DNS/)
  })

  it.each([
    ['bytes that are no HTTP', 'garbage\r\n\r\n', 'does not answer in HTTP/1.1'],
    ['HTTP/0.9', '<html>', 'does not answer in HTTP/1.1'],
    ['nothing', '', 'broke the connection off'],
    ['a header without an end', `HTTP/1.1 200 OK\r\nx: ${'x'.repeat(100_000)}`, 'too long'],
  ])('says so of %s', async (_name, bytes, words) => {
    const server = createTcpServer((socket) => {
      socket.on('error', () => {})
      socket.end(bytes)
    })
    const { origin } = await listenDuringTest(server)
    expect(await examined(`${origin}/mcp`)).toContain(words)
  })

  it('says that no answer comes in time', async () => {
    const { origin } = await listenDuringTest(createTcpServer(() => {}))
    expect(await examined(`${origin}/mcp`, '1')).toContain('did not answer in time')
  })
})

describe('where the doctor goes', () => {
  /** Examines a patient whose addresses are in the given zones. */
  async function examineIn(patient: Patient, zones: Readonly<Record<string, AddressZone>>) {
    const outside = createOutsideExaminations({
      url: patient.url,
      allowInsecureHttp: true,
      callTimeout: 30_000,
      zoneOf: (address) => zones[address] ?? 'reserved',
    })
    const findings = await examineAll(outside.examinations, {
      progress() {},
      signal: new AbortController().signal,
      redact: (text) => text,
    })
    await outside.close()
    return findings.filter(({ severity }) => severity === 'fault').map(({ code }) => code)
  }

  it.each([
    ['public', 'loopback'],
    ['public', 'private'],
    ['public', 'reserved'],
    ['private', 'loopback'],
    ['private', 'reserved'],
    ['loopback', 'reserved'],
    ['reserved', 'reserved'],
  ] as const)('a %s server cannot send it to a %s address', async (from, to) => {
    await using patient = await startPatient()
    patient.metadata.authorization_servers = ['http://127.0.0.2:1']
    expect(await examineIn(patient, { '127.0.0.1': from, '127.0.0.2': to })).toEqual([
      'AUTHORIZATION_SERVER_OUT_OF_REACH',
    ])
  })

  it('a name is judged by its addresses', async () => {
    await using patient = await startPatient()
    const issuer = patient.issuer.replace('127.0.0.1', 'localhost')
    patient.metadata.authorization_servers = [issuer]
    const found = await examineIn(patient, { '127.0.0.1': 'reserved', '::1': 'reserved' })
    expect(found).toContain('AUTHORIZATION_SERVER_OUT_OF_REACH')
    expect(patient.authorizationServer.accepted).toBe(0)
  })

  it.each([
    ['loopback', 'loopback'],
    ['loopback', 'private'],
    ['loopback', 'public'],
    ['private', 'public'],
    ['public', 'public'],
  ] as const)('a %s server may name a %s address', async (from, to) => {
    await using patient = await startPatient()
    patient.metadata.authorization_servers = ['http://127.0.0.2:1']
    expect(await examineIn(patient, { '127.0.0.1': from, '127.0.0.2': to })).toEqual([
      'AUTHORIZATION_SERVER_UNREACHABLE',
    ])
  })

  it('keys at an address out of reach are not fetched', async () => {
    await using patient = await startPatient()
    patient.issuerMetadata.jwks_uri = 'http://127.0.0.2:1/keys'
    expect(await examineIn(patient, { '127.0.0.1': 'public', '127.0.0.2': 'private' })).toEqual([
      'AUTHORIZATION_SERVER_OUT_OF_REACH',
    ])
  })
})
