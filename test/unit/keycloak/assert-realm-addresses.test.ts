import { describe, expect, it } from 'vitest'
import { realmCommand } from '../../../src/cli/realm-command.ts'
import { redirectUriFault, trustedHostFault } from '../../../src/keycloak/assert-realm-addresses.ts'
import { keycloakRealm } from '../../../src/keycloak/index.ts'

const resource = 'https://mcp.example.com/mcp'

const REDIRECT_URIS = [
  'http://127.0.0.1/callback',
  'http://127.0.0.1:49152/callback',
  'http://[::1]/callback',
  'http://localhost:6274/oauth/callback',
  'https://app.example.com/callback',
  'https://app.example.com:8443/callback?client=1',
  'com.example.app:/oauth2redirect/example-provider',
  'com.example.app://callback',
]

const NO_REDIRECT_URIS = [
  '*',
  '+',
  '',
  '/callback',
  'http://evil.example/*',
  'http://evil.example/callback',
  'https://evil.example/*',
  'https://*.example.com/callback',
  'https://app.example.com/call*back',
  'http://127.0.0.1/*',
  'http://127.0.0.1.evil.example/callback',
  'http://localhost.evil.example/callback',
  'http://evil.localhost/callback',
  'http://127.0.0.1@evil.example/callback',
  'https://app.example.com@evil.example/callback',
  'https://user:secret@app.example.com/callback',
  'https://app.example.com/callback#fragment',
  'https://app.example.com/callback#',
  'https:app.example.com/callback',
  'https://app.example.com/a b',
  'https://app.example.com\\@evil.example/',
  'com.example.app:/*',
  'com.example.app:/callback#fragment',
  'com.example.app://user@callback/',
  'com.example.app:',
  'cursor://callback',
  'myapp:/callback',
  'javascript:alert(document.cookie)',
  'JAVASCRIPT:alert(1)',
  'java\nscript:alert(1)',
  'data:text/html,<script>alert(1)</script>',
  'vbscript:msgbox',
  'file:///etc/passwd',
  'urn:ietf:wg:oauth:2.0:oob',
]

const HOSTS = ['agents.example.com', 'localhost', 'xn--bcher-kva.example', '10.0.0.7', '::1']

const NO_HOSTS = [
  '*',
  '*.com',
  '*.co.uk',
  '*.example.com',
  'agents.*',
  '.example.com',
  'example.com.',
  '',
  'Agents.example.com',
  'bücher.example',
  'https://agents.example.com',
  'agents.example.com:8443',
  'agents.example.com/mcp',
  'user@agents.example.com',
  '10.0.0.0/8',
  '0x7f.1',
  '2130706433',
  '127.1',
  'fe80::1%eth0',
  '-a.example',
  `${'a'.repeat(64)}.example`,
]

describe('S1.10: addresses in the options of keycloakRealm()', () => {
  it.each(REDIRECT_URIS)('accepts the redirect URI %j', (uri) => {
    expect(() => keycloakRealm({ resource, redirectUris: [uri] })).not.toThrow()
    const clients = [{ clientId: 'app', redirectUris: [uri] }]
    expect(() => keycloakRealm({ resource, clients })).not.toThrow()
  })

  it.each(NO_REDIRECT_URIS)('refuses the redirect URI %j', (uri) => {
    const good = 'http://127.0.0.1/callback'
    expect(() => keycloakRealm({ resource, redirectUris: [good, uri] })).toThrow(
      /option `redirectUris` must be/,
    )
    const clients = [{ clientId: 'app', redirectUris: [good, uri] }]
    expect(() => keycloakRealm({ resource, clients })).toThrow(
      /option `clients\.0\.redirectUris` must be/,
    )
    expect(() => keycloakRealm({ resource, clients, partial: true })).toThrow(TypeError)
  })

  it.each(HOSTS)('accepts the trusted host %j', (host) => {
    const registration = { trustedHosts: [host] }
    expect(() => keycloakRealm({ resource, registration })).not.toThrow()
    const documents = { documentHosts: [host] }
    expect(() => keycloakRealm({ resource, registration: documents })).not.toThrow()
  })

  it.each(NO_HOSTS)('refuses the trusted host %j', (host) => {
    const registration = { trustedHosts: ['agents.example.com', host] }
    expect(() => keycloakRealm({ resource, registration })).toThrow(
      /option `registration\.trustedHosts` must be exact host names/,
    )
    expect(() => keycloakRealm({ resource, registration: { documentHosts: [host] } })).toThrow(
      /option `registration\.documentHosts` must be exact host names/,
    )
  })

  it.each(['*', 'https://*.example.com', 'https://app.example.com/', 'http://app.example.com', ''])(
    'the web origin %j is refused, at a client and for registration',
    (origin) => {
      const clients = [{ clientId: 'app', webOrigins: [origin] }]
      expect(() => keycloakRealm({ resource, clients })).toThrow(/`clients\.0\.webOrigins` must/)
      const registration = { webOrigins: [origin] }
      expect(() => keycloakRealm({ resource, registration })).toThrow(
        /`registration\.webOrigins` must/,
      )
    },
  )

  it('accepts exact web origins, and `+` only for a client', () => {
    const origins = ['https://app.example.com', 'http://localhost:6274']
    const clients = [{ clientId: 'app', webOrigins: ['+', ...origins] }]
    const registration = { webOrigins: origins }
    expect(() => keycloakRealm({ resource, clients, registration })).not.toThrow()
    expect(() => keycloakRealm({ resource, registration: { webOrigins: ['+'] } })).toThrow(
      TypeError,
    )
  })

  it.each([
    ['--redirect-uri', '*'],
    ['--redirect-uri', 'http://evil.example/*'],
    ['--redirect-uri', 'javascript:alert(1)'],
    ['--trusted-host', '*'],
  ])('the command line names its flag in the error: %s %s', (flag, value) => {
    const args = ['--resource', resource, flag, value]
    const print = () => expect.unreachable()
    const named = `${flag} must be`
    expect(() => realmCommand(args, print, print)).toThrow(named)
    expect(() => realmCommand(args, print, print)).toThrow(JSON.stringify(value))
  })

  it('refuses a value that is not a string', () => {
    for (const value of [undefined, null, 7, {}, ['https://a.example/']] as never[]) {
      expect(redirectUriFault(value)).toBeDefined()
      expect(trustedHostFault(value)).toBeDefined()
    }
  })
})

describe('S1.10: random addresses', () => {
  /** A generator with a seed, so that a failure comes again. */
  function randomOf(seed: number): (below: number) => number {
    let state = seed
    return (below) => {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0
      return Math.floor((state / 2 ** 32) * below)
    }
  }

  const PIECES = [
    ...['http', 'https', 'javascript', 'data', 'com.example.app', 'app', 'HTTPS', ':', '://', '/'],
    ...['127.0.0.1', 'localhost', '[::1]', 'evil.example', 'a.b', '@', ':80', '*', '*.', '.', '#'],
    ...[
      '?',
      '%2A',
      '%00',
      '\\',
      ' ',
      '\t',
      '\n',
      '\0',
      'é',
      '+',
      '..',
      '/callback',
      'user:pw',
      '<',
    ],
  ]

  it('an accepted redirect URI has no wildcard, fragment, credentials or unlisted scheme', () => {
    const random = randomOf(11)
    let taken = 0
    for (let round = 0; round < 100_000; round++) {
      const start = ['http://', 'https://', 'com.example.app:/', ''][random(4)] ?? ''
      const rest = Array.from({ length: 1 + random(5) }, () => PIECES[random(PIECES.length)])
      const uri = start + rest.join('')
      if (redirectUriFault(uri) !== undefined) continue
      taken++
      expect(uri).toMatch(/^[!-~]+$/)
      expect(uri).not.toMatch(/[*#\\<>"]/)
      const { protocol, hostname, username, password } = new URL(uri)
      expect(username + password, uri).toBe('')
      expect(protocol === 'https:' || protocol === 'http:' || protocol.includes('.'), uri).toBe(
        true,
      )
      if (protocol === 'http:') expect(hostname).toMatch(/^(127\.0\.0\.1|localhost|\[::1\])$/)
    }
    expect(taken).toBeGreaterThan(1000)
  })

  it('an accepted trusted host is a single host, as `URL` writes it', () => {
    const random = randomOf(12)
    let taken = 0
    for (let round = 0; round < 100_000; round++) {
      const characters = 'ab0-._*:/@[]%#? É1'
      const host = Array.from({ length: 1 + random(8) }, () => characters[random(18)]).join('')
      if (trustedHostFault(host) !== undefined) continue
      taken++
      const bare = host.includes(':') ? `[${host}]` : host
      expect(host).toMatch(/^[a-z0-9.:-]+$/)
      expect(new URL(`https://${bare}/`).host, host).not.toBe('')
    }
    expect(taken).toBeGreaterThan(1000)
  })
})
