import { describe, expect, it } from 'vitest'
import type { RequestConnection, ResourceRequest } from '../../../src/http/resource-request.ts'
import type { ClientCertificateFormat } from '../../../src/sender-constraint/options.ts'
import { rfc9068Profile } from '../../../src/token/rfc9068.ts'
import { asHeader, makeCertificate, type TestCertificate } from '../../support/certificates.ts'
import { dpopRequest, makeDpopKey, signProof } from '../../support/dpop.ts'
import {
  bearer,
  CHALLENGES,
  NOW,
  type Overrides,
  signToken,
  testResourceServer,
} from '../../support/tokens.ts'

const certificate = makeCertificate({ name: 'client' })
const another = makeCertificate({ name: 'another client' })
const bound = (to: TestCertificate, cnf = {}) =>
  signToken({ claims: { cnf: { 'x5t#S256': to.thumbprint, ...cnf } } })
const token = await bound(certificate)
const plain = await signToken()

const PROXY = '10.1.2.3'
const STRANGER = '192.0.2.1'
const header = (format: ClientCertificateFormat, more = {}): Overrides => ({
  clientCertificate: {
    header: 'Client-Cert',
    format,
    trustedProxies: ['10.0.0.0/8', 'fd00::7'],
    ...more,
  },
})

const over = (connection: RequestConnection | undefined, text = token): ResourceRequest => ({
  ...bearer(text),
  connection,
})
const tls = (der: Uint8Array | undefined): RequestConnection => ({ clientCertificate: () => der })
const proxied = (
  value: string | readonly string[] | undefined,
  remoteAddress: string | undefined = PROXY,
  text = token,
): ResourceRequest => ({
  method: 'POST',
  url: '/mcp',
  headers: { authorization: `Bearer ${text}`, 'client-cert': value },
  connection: { remoteAddress },
})

const decide = (request: ResourceRequest, options: Overrides = {}) =>
  testResourceServer(options).authenticate(request)
const refused = (reason: string) => ({
  status: 401,
  reason,
  headers: { 'WWW-Authenticate': CHALLENGES.invalid_token },
})

describe('a token that is bound to a certificate, on a TLS connection', () => {
  it('RFC8705-1: is allowed with that certificate, and the decision says so', async () => {
    expect(await decide(over(tls(certificate.der)))).toMatchObject({
      outcome: 'allowed',
      possession: ['mtls'],
      withheld: [],
    })
  })

  it('RFC8705-1: is allowed with that certificate if its binding has a note of the profile', async () => {
    const noted = await bound(certificate, { 'acme-note': 'ephemeral' })
    const profile = { ...rfc9068Profile, confirmationNotes: { 'acme-note': 'x5t#S256' } as const }
    const options = { server: { profile } }
    expect(await decide(over(tls(certificate.der), noted), options)).toMatchObject({
      outcome: 'allowed',
      possession: ['mtls'],
      token: { confirmation: { 'x5t#S256': certificate.thumbprint } },
    })
    expect(await decide(over(tls(another.der), noted), options)).toMatchObject(
      refused('certificate_mismatch'),
    )
  })

  it.each([
    ['another certificate', tls(another.der), 'certificate_mismatch'],
    ['no certificate', tls(undefined), 'certificate_missing'],
    ['a connection without TLS', { remoteAddress: '127.0.0.1' }, 'sender_constraint_unmet'],
    ['an adapter that gives no connection', undefined, 'sender_constraint_unmet'],
    ['bytes that are no certificate', tls(Buffer.from('hello')), 'certificate_malformed'],
    ['no bytes', tls(Buffer.alloc(0)), 'certificate_malformed'],
    [
      'something after the certificate',
      tls(Buffer.concat([certificate.der, Buffer.of(0)])),
      'certificate_malformed',
    ],
    ['PEM', tls(Buffer.from(certificate.cert)), 'certificate_malformed'],
  ])('RFC8705-1: is refused with %s', async (_what, connection, reason) => {
    expect(await decide(over(connection))).toMatchObject(refused(reason))
  })

  it('RFC8705-1: is checked on every request, also when the token is cached', async () => {
    const server = testResourceServer()
    const outcomes = []
    for (const der of [certificate.der, another.der, certificate.der, undefined]) {
      const { outcome, reason = '' } = {
        reason: '',
        ...(await server.authenticate(over(tls(der)))),
      }
      outcomes.push(`${outcome} ${reason}`)
    }
    expect(outcomes).toEqual([
      'allowed ',
      'challenged certificate_mismatch',
      'allowed ',
      'challenged certificate_missing',
    ])
  })

  it.each([
    ['has expired', NOW - 1000, NOW - 1, 'certificate_expired'],
    ['is not valid yet', NOW + 1, NOW + 1000, 'certificate_expired'],
    ['is valid from now on', NOW, NOW + 1, undefined],
    ['is valid until now', NOW - 1, NOW, undefined],
  ])('RFC8705-1: whose certificate %s', async (_what, from, to, reason) => {
    const short = makeCertificate({
      name: 'short',
      notBefore: new Date(from * 1000),
      notAfter: new Date(to * 1000),
    })
    const decision = await decide(over(tls(short.der), await bound(short)))
    expect(decision).toMatchObject(reason === undefined ? { outcome: 'allowed' } : refused(reason))
  })

  it('RFC8705-1: a failure to read the connection is ours', async () => {
    const failing: RequestConnection = {
      clientCertificate() {
        throw new Error('gone')
      },
    }
    expect(await decide(over(failing))).toMatchObject({ status: 503, reason: 'verifier_failed' })
  })

  it('no other token asks for the certificate', async () => {
    let asked = 0
    const counting: RequestConnection = {
      get remoteAddress() {
        asked += 1
        return PROXY
      },
      clientCertificate() {
        asked += 1
        return certificate.der
      },
    }
    expect(await decide(over(counting, plain))).toMatchObject({ possession: [] })
    expect(await decide(over(counting, plain), header('rfc9440'))).toMatchObject({ possession: [] })
    expect(asked).toBe(0)
  })

  it('RFC8705-1: the message says what to set, and has no part of the token', async () => {
    for (const connection of [undefined, tls(undefined)]) {
      const { detail = '' } = { detail: '', ...(await decide(over(connection))) }
      expect(detail).toContain('`clientCertificate`')
      expect(detail).not.toContain(token.slice(-20))
    }
  })
})

describe('a token that is bound to a key and a certificate', async () => {
  const key = await makeDpopKey()
  const both = await bound(certificate, { jkt: key.thumbprint })
  const ask = async (connection: RequestConnection | undefined, proof?: string) =>
    decide(dpopRequest(both, proof ?? (await signProof(key, { token: both })), { connection }))

  it('RFC8705-1, RFC9449-1: is allowed with both', async () => {
    expect(await ask(tls(certificate.der))).toMatchObject({
      outcome: 'allowed',
      possession: ['dpop', 'mtls'],
    })
  })

  it('RFC8705-1, RFC9449-2: is refused with one of them', async () => {
    expect(await ask(tls(another.der))).toMatchObject({ reason: 'certificate_mismatch' })
    expect(await ask(undefined)).toMatchObject({ reason: 'sender_constraint_unmet' })
    const otherKey = await makeDpopKey()
    const foreign = await signProof(otherKey, { token: both })
    expect(await ask(tls(certificate.der), foreign)).toMatchObject({ reason: 'dpop_key_mismatch' })
    expect(await decide(over(tls(certificate.der), both))).toMatchObject(
      refused('sender_constraint_unmet'),
    )
  })

  it('RFC9449-2: a token that is bound to a certificate alone is refused with DPoP', async () => {
    const proof = await signProof(key, { token })
    const request = dpopRequest(token, proof, { connection: tls(certificate.der) })
    expect(await decide(request)).toMatchObject({ reason: 'dpop_token_not_bound' })
  })
})

describe("the certificate in a proxy's header", () => {
  const FORMATS = Object.keys(asHeader) as ClientCertificateFormat[]

  it.each(FORMATS)('RFC8705-1: %s: that certificate is allowed, another is not', async (format) => {
    const write = asHeader[format]
    expect(await decide(proxied(write(certificate)), header(format))).toMatchObject({
      outcome: 'allowed',
      possession: ['mtls'],
      withheld: [],
    })
    expect(await decide(proxied(write(another)), header(format))).toMatchObject(
      refused('certificate_mismatch'),
    )
  })

  it.each(FORMATS)(
    'RFC8705-1: %s: no header, or an empty one, is no certificate',
    async (format) => {
      for (const value of [undefined, '']) {
        expect(await decide(proxied(value), header(format))).toMatchObject(
          refused('certificate_missing'),
        )
      }
    },
  )

  it('RFC8705-1: the certificate of the connection does not count in this mode', async () => {
    const request = {
      ...proxied(undefined),
      connection: { remoteAddress: PROXY, ...tls(certificate.der) },
    }
    expect(await decide(request, header('rfc9440'))).toMatchObject(refused('certificate_missing'))
  })

  it.each([
    ['a listed range', '10.255.0.1', true],
    ['a listed range, on a dual-stack socket', '::ffff:10.1.2.3', true],
    ['a listed IPv6 address', 'fd00::7', true],
    ['a listed IPv6 address, spelt out, with a zone', 'fd00:0:0:0:0:0:0:7%eth0', true],
    ['another address', '11.0.0.1', false],
    ['another IPv6 address', 'fd00::8', false],
    ['another address on a dual-stack socket', '::ffff:11.0.0.1', false],
    ['something that is no address', 'proxy.example.com', false],
    ['an empty address', '', false],
  ])('RFC8705-1: from %s', async (_what, address, trusted) => {
    const write = asHeader.rfc9440(certificate)
    expect(await decide(proxied(write, address), header('rfc9440'))).toMatchObject(
      trusted
        ? { outcome: 'allowed', withheld: [] }
        : { ...refused('certificate_missing'), detail: expect.stringContaining('trustedProxies') },
    )
    expect(await decide(proxied(write, address, plain), header('rfc9440'))).toMatchObject({
      outcome: 'allowed',
      possession: [],
      withheld: trusted ? [] : ['client-cert'],
    })
  })

  it('RFC8705-1: no header of the request changes where it comes from', async () => {
    const request = proxied(asHeader.rfc9440(certificate), STRANGER)
    const spoofed = { 'x-forwarded-for': PROXY, forwarded: `for=${PROXY}`, 'x-real-ip': PROXY }
    const headers = { ...request.headers, ...spoofed }
    expect(await decide({ ...request, headers }, header('rfc9440'))).toMatchObject(
      refused('certificate_missing'),
    )
  })

  it('the handler sees neither this header nor that of a session, if neither counts', async () => {
    const request = proxied(asHeader.rfc9440(certificate), STRANGER, plain)
    expect(await decide(request, { ...header('rfc9440'), sessions: 'none' })).toMatchObject({
      withheld: ['mcp-session-id', 'last-event-id', 'client-cert'],
    })
  })

  it('RFC8705-1: 503 if the address is unknown, because the header cannot be trusted', async () => {
    const value = asHeader.rfc9440(certificate)
    for (const connection of [undefined, {}, tls(certificate.der)]) {
      const request = { ...proxied(value), connection }
      expect(await decide(request, header('rfc9440'))).toMatchObject({
        status: 503,
        reason: 'connection_unknown',
        detail: expect.stringContaining('fetchGate'),
      })
      expect(
        await decide({ ...proxied(value, '', plain), connection }, header('rfc9440')),
      ).toMatchObject({ outcome: 'allowed', withheld: ['client-cert'] })
    }
  })

  const { der, cert } = certificate
  const base64 = der.toString('base64')
  const escaped = encodeURIComponent(cert)
  const both = asHeader['escaped-pem'](certificate) + asHeader['escaped-pem'](another)
  it.each<[string, ClientCertificateFormat, string | readonly string[]]>([
    ['two headers', 'rfc9440', [`:${base64}:`, `:${base64}:`]],
    ['two headers', 'xfcc', [asHeader.xfcc(certificate), asHeader.xfcc(certificate)]],
    ['a list', 'rfc9440', `:${base64}:, :${base64}:`],
    ['a list', 'base64-der', `${base64}, ${base64}`],
    ['no colons', 'rfc9440', base64],
    ['no first colon', 'rfc9440', `x${base64}:`],
    ['no last colon', 'rfc9440', `:${base64}x`],
    ['one colon', 'rfc9440', ':'],
    ['nothing between the colons', 'rfc9440', '::'],
    ['a parameter', 'rfc9440', `:${base64}:;a=1`],
    ['base64url', 'base64-der', certificate.der.toString('base64url')],
    ['a blank', 'base64-der', `${base64.slice(0, 64)} ${base64.slice(64)}`],
    [
      'no padding',
      'rfc9440',
      `:${Buffer.concat([der, Buffer.of(0)])
        .toString('base64')
        .replace(/=/g, '')}:`,
    ],
    ['trailing data', 'base64-der', Buffer.concat([der, Buffer.of(0)]).toString('base64')],
    ['two certificates', 'base64-der', Buffer.concat([der, der]).toString('base64')],
    ['half a certificate', 'base64-der', der.subarray(0, 100).toString('base64')],
    ['PEM in base64', 'base64-der', Buffer.from(cert).toString('base64')],
    ['64 KB', 'base64-der', 'A'.repeat(65_536)],
    ['64 KB', 'escaped-pem', `${escaped}${'%0A'.repeat(20_000)}`],
    ['folded PEM', 'escaped-pem', cert.trimEnd().replaceAll('\n', '\n\t')],
    ['PEM with blanks for line ends', 'escaped-pem', cert.trimEnd().replaceAll('\n', ' ')],
    ['two certificates', 'escaped-pem', both],
    ['something before the PEM', 'escaped-pem', `x%0A${escaped}`],
    ['a broken escape', 'escaped-pem', `${escaped}%`],
    ['an escape that is no UTF-8', 'escaped-pem', `${escaped}%ff`],
    ['another label', 'escaped-pem', escaped.replaceAll('CERTIFICATE', 'PUBLIC%20KEY')],
    ['a private key', 'escaped-pem', encodeURIComponent(certificate.key)],
    ['too long a header', 'xfcc', `Subject="${'x'.repeat(40_000)}";Cert="${escaped}"`],
    ['no member Cert', 'xfcc', 'Hash=abc;Subject="CN=client"'],
    ['two members Cert', 'xfcc', `Cert="${escaped}";Cert="${escaped}"`],
    ['an open quote', 'xfcc', `Cert="${escaped}`],
    ['the certificate in an earlier element', 'xfcc', `Cert="${escaped}",Hash=abc`],
    ['a second element without a certificate', 'xfcc', `Cert="${escaped}",URI=x`],
    ['an empty last element', 'xfcc', `Cert="${escaped}",`],
    ['an empty member', 'xfcc', `Cert="${escaped}";`],
    ['text after a quote', 'xfcc', `Cert="${escaped}"x`],
    ['the certificate inside a quoted member', 'xfcc', `Subject="\\";Cert=${escaped};\\""`],
  ])('RFC8705-1: malformed: %s (%s)', async (_what, format, value) => {
    expect(await decide(proxied(value), header(format))).toMatchObject(
      refused('certificate_malformed'),
    )
  })

  it('RFC8705-1: xfcc: a certificate cannot name another one in its URIs and DNS names', async () => {
    const mine = asHeader.xfcc(another)
    const stolen = `Cert="${escaped}"`
    const ask = (value: string) => decide(proxied(value), header('xfcc'))
    for (const name of ['URI', 'DNS']) {
      for (const added of [
        `,${stolen}`,
        `, ${stolen}`,
        `;${stolen}`,
        `;${asHeader.xfcc(certificate)}`,
      ]) {
        expect(await ask(`${mine};${name}=x${added}`)).toMatchObject(
          refused('certificate_malformed'),
        )
      }
    }
    // Envoy always writes the hash, and the certificate only if it is configured.
    const [hash] = mine.split(';')
    expect(await ask(`${hash};URI=x;${stolen}`)).toMatchObject(refused('certificate_malformed'))
  })

  it('RFC8705-1: xfcc: one element counts, also with names in small letters and without a hash', async () => {
    const ask = (value: string) => decide(proxied(value), header('xfcc'))
    expect(await ask(`By=x;cert=${escaped}`)).toMatchObject({ outcome: 'allowed' })
    const names = `URI=x;DNS=a.example;DNS=b.example;${asHeader.xfcc(certificate)}`
    expect(await ask(names)).toMatchObject({ outcome: 'allowed' })
    const two = `${asHeader.xfcc(another)},${asHeader.xfcc(certificate)}`
    expect(await ask(two)).toMatchObject(refused('certificate_malformed'))
  })

  it.each(FORMATS)('RFC8705-1: %s: a changed header never counts', async (format) => {
    const server = testResourceServer(header(format))
    const good = asHeader[format](certificate)
    // A generator with a fixed seed, so that a failure can be repeated.
    let seed = 8705
    const random = (below: number): number => {
      seed = (Math.imul(seed, 1_103_515_245) + 12_345) & 0x7fff_ffff
      return (seed >> 8) % below
    }
    for (let round = 0; round < 500; round += 1) {
      const at = random(good.length)
      const cut = random(3)
      const added = String.fromCharCode(33 + random(94))
      const value = good.slice(0, at) + (random(2) === 0 ? added : '') + good.slice(at + cut)
      if (value === good) continue
      const decision = await server.authenticate(proxied(value))
      if (decision.outcome === 'allowed') {
        // The same certificate in another spelling: a member that is not the certificate, or an escape.
        expect(['xfcc', 'escaped-pem']).toContain(format)
        expect(sameCertificate(value, good)).toBe(true)
      } else {
        expect(decision.reason).toMatch(/^certificate_(malformed|mismatch|missing)$/)
      }
    }
  })
})

/** Whether both headers have the same certificate, by another way than the product's. */
function sameCertificate(one: string, other: string): boolean {
  const base64 = (text: string): string | undefined =>
    /-{5}BEGIN CERTIFICATE-{5}([\s\S]*?)-{5}END/.exec(unescape(text))?.[1]?.replace(/\s/g, '')
  return base64(one) !== undefined && base64(one) === base64(other)
}

describe('the option clientCertificate', () => {
  it('RFC9728-4: is in the metadata if it is set', () => {
    const member = 'tls_client_certificate_bound_access_tokens'
    expect(testResourceServer().metadata).not.toHaveProperty(member)
    expect(testResourceServer({ clientCertificate: 'connection' }).metadata).toHaveProperty(
      member,
      true,
    )
    expect(testResourceServer(header('xfcc')).metadata).toHaveProperty(member, true)
  })

  it.each([
    [{ header: 'client cert' }, 'clientCertificate.header` must be the name of a header'],
    [{ header: '' }, 'clientCertificate.header` must be the name of a header'],
    [
      { header: 'Authorization' },
      'clientCertificate.header` must not be a header that has another',
    ],
    [{ format: 'pem' }, 'clientCertificate.format` must be rfc9440, base64-der, escaped-pem, xfcc'],
    [{ trustedProxies: [] }, 'clientCertificate.trustedProxies` must hold at least one address'],
    [{ trustedProxies: '10.0.0.1' }, 'clientCertificate.trustedProxies` must be a list'],
    ...[
      'localhost',
      '10.0.0',
      '10.0.0.0/33',
      '10.0.0.0/',
      '10.0.0.0/08',
      '10.0.0.0/8/8',
      '0.0.0.0/0',
      '::/0',
      'fd00::/129',
      'fe80::1%eth0',
      '10.0.0.1 ',
      '',
      '[::1]',
      '10.0.0.1:443',
      '010.0.0.1',
    ].map((entry): [object, string] => [
      { trustedProxies: ['10.0.0.1', entry] },
      'clientCertificate.trustedProxies.1` must hold IP addresses and CIDR ranges',
    ]),
  ])('refuses %o at start-up', (wrong, message) => {
    expect(() => testResourceServer(header('rfc9440', wrong))).toThrow(message)
  })

  it('refuses a misspelt option and another value', () => {
    expect(() => testResourceServer(header('rfc9440', { proxies: [] }))).toThrow(
      'there is no option `clientCertificate.proxies`',
    )
    expect(() => testResourceServer({ clientCertificate: 'tls' as 'connection' })).toThrow(
      'option `clientCertificate` must be "connection" or an object',
    )
  })
})
