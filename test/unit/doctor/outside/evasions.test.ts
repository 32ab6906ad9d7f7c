import dns from 'node:dns'
import { createServer } from 'node:http'
import { syncBuiltinESMExports } from 'node:module'
import { describe, expect, it, onTestFinished } from 'vitest'
import { examineAll } from '../../../../src/doctor/examination.ts'
import { zoneOf } from '../../../../src/doctor/outside/address-zone.ts'
import { createOutsideExaminations } from '../../../../src/doctor/outside/outside-examinations.ts'
import { redactorOf } from '../../../../src/doctor/redacted-secrets.ts'
import { quoted } from '../../../../src/quoted.ts'
import { cpuSecondsOf, LINEAR_SECONDS } from '../../../support/cpu-time.ts'
import { challenged, GOOD_TOKEN, startPatient } from '../../../support/doctor-patient.ts'
import { runDoctor } from '../../../support/doctor-run.ts'
import { json, redirect } from '../../../support/issuers/answers.ts'
import { type Answer, startLoopbackServer } from '../../../support/issuers/loopback-server.ts'
import { listenDuringTest } from '../../../support/loopback.ts'

/** Numbers from 0 to 2^32 - 1 that look random, and are the same in every run (mulberry32). */
function numbersFrom(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return (mixed ^ (mixed >>> 14)) >>> 0
  }
}

describe('an address, in whatever form', () => {
  const next = numbersFrom(1)
  const group = (number: number) => (number & 0xffff).toString(16)

  it('of IPv6 is on the internet only in 2000::/3', () => {
    for (let at = 0; at < 3000; at += 1) {
      const groups = Array.from({ length: 8 }, () => (next() % 3 === 0 ? 0 : next() & 0xffff))
      const [first = 0] = groups
      const zone = zoneOf(groups.map(group).join(':'))
      if (first >> 13 !== 1) expect([groups, zone]).not.toEqual([groups, 'public'])
    }
  })

  it('that contains an IPv4 address reaches no more than that address', () => {
    const inside = [
      '127.0.0.1',
      '10.1.2.3',
      '169.254.169.254',
      '192.168.0.1',
      '0.0.0.0',
      '224.0.0.1',
    ]
    for (const address of inside) {
      const [a = 0, b = 0, c = 0, d = 0] = address.split('.').map(Number)
      const [high, low] = [group((a << 8) | b), group((c << 8) | d)]
      for (const mapped of [`::ffff:${address}`, `::ffff:${high}:${low}`]) {
        expect([mapped, zoneOf(mapped)]).toEqual([mapped, zoneOf(address)])
      }
      for (const other of [
        `::${address}`,
        `::ffff:0:${address}`,
        `64:ff9b::${address}`,
        `64:ff9b:1::${high}:${low}`,
        `2002:${high}:${low}::1`,
        `2001:0:${high}:${low}::1`,
      ]) {
        expect([other, zoneOf(other)]).not.toEqual([other, 'public'])
      }
    }
    expect(zoneOf('::ffff:8.8.8.8')).toBe('public')
    expect(zoneOf('2606:4700::1111')).toBe('public')
  })

  it('for documentation and for experiments is on no network', () => {
    for (const address of ['192.0.2.1', '198.51.100.1', '203.0.113.1', '2001:db8::1', '3fff::1']) {
      expect(zoneOf(address)).toBe('reserved')
    }
  })
})

describe('a server that evades the doctor', () => {
  it('cannot send it to this machine by a second address of its own name', async () => {
    const canary = await startLoopbackServer()
    onTestFinished(() => canary[Symbol.asyncDispose]())
    const { lookup } = dns
    const found = [
      { address: '127.0.0.2', family: 4 },
      { address: '127.0.0.1', family: 4 },
    ]
    dns.lookup = ((_host: string, _options: unknown, callback: (...all: unknown[]) => void) =>
      callback(null, found)) as unknown as typeof dns.lookup
    syncBuiltinESMExports()
    onTestFinished(() => {
      dns.lookup = lookup
      syncBuiltinESMExports()
    })
    const outside = createOutsideExaminations({
      url: canary.origin.replace('127.0.0.1', 'mixed.example'),
      allowInsecureHttp: true,
      callTimeout: 30_000,
      zoneOf: (address) => (address === '127.0.0.2' ? 'public' : 'loopback'),
    })
    const findings = await examineAll(outside.examinations, {
      progress() {},
      signal: new AbortController().signal,
      redact: (text) => text,
    })
    await outside.close()
    expect(findings.map(({ code }) => code)).toContain('SERVER_UNREACHABLE')
    expect(canary.accepted).toBe(0)
  })

  it.each(['blob:', 'filesystem:', 'view-source:'])(
    'cannot choose the request line by a URL of the scheme %s',
    async (scheme) => {
      await using patient = await startPatient()
      const urls: string[] = []
      const asked = patient.challenge.resource_metadata
      patient.challenge.resource_metadata = `${scheme}${asked}`
      await runDoctor(patient.url)
      urls.push(...patient.server.kit.requests.map(({ url }) => url))
      expect(urls.filter((url) => url.slice(8).includes('http:'))).toEqual([])
    },
  )

  it('is never called good after a request that it did not answer', async () => {
    await using patient = await startPatient()
    const environment = { MCP_TOKEN: GOOD_TOKEN }
    const flags = ['--origin', 'https://app.example.com']
    const cors = {
      'access-control-allow-origin': '*',
      'access-control-expose-headers': 'WWW-Authenticate',
      'access-control-allow-headers': 'authorization, content-type, mcp-protocol-version',
    }
    let broken = Number.POSITIVE_INFINITY
    let kinds = new Map<string, number>()
    const server = createServer((request, response) => {
      const { url = '', method = '', headers } = request
      const kind = JSON.stringify([
        method,
        url.replace(/doctor-[\w-]+/, 'random'),
        headers.authorization?.replace(/doctor-[\w-]+|ey.*/, (token) => token.slice(0, 2)),
        headers.origin,
        headers.host,
        headers.forwarded,
      ])
      kinds.set(kind, kinds.get(kind) ?? kinds.size)
      if (kinds.get(kind) === broken) return void response.destroy()
      for (const [name, value] of Object.entries(cors)) response.setHeader(name, value)
      response.setHeader('content-type', 'application/json')
      const origin = `http://127.0.0.1:${port}`
      const path = url.split('?')[0] ?? ''
      if (method === 'OPTIONS') return void response.writeHead(204).end()
      if (path.includes('protected-resource')) {
        return void response.end(JSON.stringify({ ...patient.metadata, resource: `${origin}/mcp` }))
      }
      if (headers.authorization === `Bearer ${GOOD_TOKEN}`) return void response.end('{}')
      const error = headers.authorization === undefined ? '' : ', error="invalid_token"'
      const metadata = `${origin}/.well-known/oauth-protected-resource/mcp`
      const challenge = `Bearer scope="mcp:tools", resource_metadata="${metadata}"${error}`
      response.writeHead(401, { 'www-authenticate': challenge }).end('{}')
    })
    const { port } = await listenDuringTest(server)
    const url = `http://127.0.0.1:${port}/mcp`
    const hidden = await runDoctor(url, flags, { environment })
    expect(hidden.wrong).toEqual(['ISSUER_METADATA_HIDDEN'])
    const all = kinds.size
    expect(all).toBeGreaterThan(12)
    for (broken = 0; broken < all; broken += 1) {
      kinds = new Map([...kinds])
      const { code, wrong } = await runDoctor(url, flags, { environment })
      expect([broken, code]).not.toEqual([broken, 0])
      expect(wrong).not.toEqual(hidden.wrong)
    }
  })

  it('cannot use up the time by long lists, long names or large keys', async () => {
    await using patient = await startPatient()
    const scopes = (first: string) => Array.from({ length: 45_000 }, (_, at) => `${first}${at}`)
    patient.metadata.scopes_supported = scopes('a')
    patient.issuerMetadata.scopes_supported = scopes('b')
    patient.metadata.dpop_signing_alg_values_supported = scopes('c').slice(0, 5000)
    patient.issuerMetadata.dpop_signing_alg_values_supported = scopes('d').slice(0, 5000)
    const n = Buffer.alloc(90_000, 0xff).toString('base64url')
    patient.keys = { keys: ['1', '2', '3'].map((kid) => ({ kty: 'RSA', kid, n, e: 'AQAB' })) }
    patient.challenge.scope = 'x'.repeat(100)
    const field: Answer = (_received, response) => {
      response.setHeader('www-authenticate', `Bearer ${'a'.repeat(15_000)}`)
      response.writeHead(401).end()
    }
    patient.answers('/mcp', field)
    const patiently = ['--timeout', '100']
    const long = cpuSecondsOf(async () => {
      const { wrong } = await runDoctor(patient.url, patiently)
      expect(wrong).not.toContain('TIME_OVER')
    })
    expect(await long).toBeLessThan(2 * LINEAR_SECONDS)
    patient.answers('/mcp', (received, response) =>
      challenged(patient, received.authorization !== undefined)(received, response),
    )
    const lists = cpuSecondsOf(async () => {
      const { wrong } = await runDoctor(patient.url, patiently)
      expect(wrong).toEqual(
        expect.arrayContaining(['SCOPE_UNKNOWN', 'DPOP_ALGORITHMS_DISJOINT', 'KEYS_UNUSABLE']),
      )
      expect(wrong).not.toContain('TIME_OVER')
    })
    expect(await lists).toBeLessThan(4 * LINEAR_SECONDS)
  })

  it('that redirects requests with a token has not accepted the token', async () => {
    await using patient = await startPatient()
    patient.answers('/mcp', (received, response) =>
      received.authorization?.includes(GOOD_TOKEN)
        ? redirect(`${patient.url}/login`, 302)(received, response)
        : challenged(patient, received.authorization !== undefined)(received, response),
    )
    const { wrong, code } = await runDoctor(patient.url, [], {
      environment: { MCP_TOKEN: GOOD_TOKEN },
    })
    expect([code, wrong]).toEqual([1, ['REDIRECTED']])
  })
})

describe('S1.7: a secret that a server repeats', () => {
  const next = numbersFrom(7)
  const characters = [...'abcdefghXYZ0189-._~+/=:%&"\\ \'<>é']
  const text = (length: number) =>
    Array.from({ length }, () => characters[next() % characters.length]).join('')
  const escaped = (value: string) =>
    encodeURIComponent(value).replace(/%../g, (one) => one.toLowerCase())
  const inForm = (value: string) => new URLSearchParams({ v: value }).toString().slice(2)
  const FORMS: readonly ((secret: string) => string)[] = [
    (secret) => secret,
    encodeURIComponent,
    escaped,
    inForm,
    (secret) => JSON.stringify({ secret }),
    (secret) => `https://a.example/?secret=${encodeURIComponent(secret)}`,
    (secret) => Buffer.from(secret).toString('base64'),
    (secret) => Buffer.from(secret).toString('base64url'),
    (secret) => Buffer.from(`${text(next() % 20)}:${secret}`).toString('base64'),
    (secret) => Buffer.from(`id:${encodeURIComponent(secret)}`).toString('base64'),
    (secret) => Buffer.from(`client%20id:${inForm(secret)}${text(3)}`).toString('base64url'),
  ]

  /** The pieces of a text of 12 characters, or the text if it is shorter. */
  const pieces = (value: string) =>
    value.length <= 12
      ? [value]
      : Array.from({ length: value.length - 11 }, (_, at) => value.slice(at, at + 12))

  it('is not in the report, in whatever form, and wherever the text is cut', () => {
    for (let round = 0; round < 60; round += 1) {
      const secret = text(8 + (next() % 40))
      const redact = redactorOf([secret])
      for (const [at, form] of FORMS.entries()) {
        const repeated = form(secret)
        const told = redact(`error ${quoted(`${'#'.repeat(next() % 130)}${repeated}`)}`)
        // What remains of Base64 are the characters that the neighbours share.
        const tail = at >= 6 ? pieces(repeated.slice(-16, -4)) : pieces(secret)
        for (const piece of tail)
          expect([at, told, told.includes(piece)]).toEqual([at, told, false])
      }
    }
  })

  it('is not printed from MCP_TOKEN if it is no token, nor from the URL', async () => {
    for (const value of ['secret one', 'secret\r\nx-evil: 1', 'sécret-token']) {
      await expect(
        runDoctor('https://nobody.invalid/mcp', [], { environment: { MCP_TOKEN: value } }),
      ).rejects.toThrow(SyntaxError)
    }
    await using patient = await startPatient()
    patient.answers('/mcp', json({}))
    const { printed } = await runDoctor(`${patient.url}?token=${GOOD_TOKEN}`, [], {
      environment: { MCP_TOKEN: GOOD_TOKEN },
    })
    expect(printed).not.toContain(GOOD_TOKEN)
  })
})
