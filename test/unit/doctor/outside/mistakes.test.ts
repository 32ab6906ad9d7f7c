import { generateKeyPairSync } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import {
  challenged,
  GOOD_TOKEN,
  type Patient,
  startPatient,
} from '../../../support/doctor-patient.ts'
import { runDoctor } from '../../../support/doctor-run.ts'
import { html, json, raw, redirect, status } from '../../../support/issuers/answers.ts'
import type { Answer } from '../../../support/issuers/loopback-server.ts'

const ROOT = '/.well-known/oauth-protected-resource'
const PATH = `${ROOT}/mcp`

const { publicKey: rsa1024 } = generateKeyPairSync('rsa', { modulusLength: 1024 })
const pairs = [1, 2].map(() => generateKeyPairSync('ec', { namedCurve: 'P-256' }))
const [one, two] = pairs.map(({ publicKey }) => ({
  ...publicKey.export({ format: 'jwk' }),
  kid: 'twice',
}))
const privateJwk = pairs[0]?.privateKey.export({ format: 'jwk' })

/** The 401 of the patient, with other header fields. */
const with401 =
  (patient: Patient, headers: Record<string, string>): Answer =>
  (received, response) => {
    for (const [name, value] of Object.entries(headers)) response.setHeader(name, value)
    return challenged(patient, received.authorization !== undefined)(received, response)
  }

/** Another answer to requests with a token. */
const toTokens =
  (patient: Patient, answer: Answer): Answer =>
  (received, response) =>
    received.authorization === undefined
      ? challenged(patient, false)(received, response)
      : answer(received, response)

type Mistake = [
  mistake: string,
  codes: readonly string[],
  make: (patient: Patient) => void,
  flags?: readonly string[],
]

const MISTAKES: readonly Mistake[] = [
  // without a token
  ['the route is open', ['ANSWERED_WITHOUT_TOKEN'], (p) => p.answers('/mcp', json({ result: {} }))],
  [
    'only GET is open',
    ['ANSWERED_WITHOUT_TOKEN'],
    (p) =>
      p.answers('/mcp', (received, response) =>
        received.method === 'GET'
          ? raw('data: 1\n\n', 'text/event-stream')(received, response)
          : challenged(p, received.authorization !== undefined)(received, response),
      ),
  ],
  ['a page in HTML', ['NOT_CHALLENGED'], (p) => p.answers('/mcp', html())],
  ['HTTP 403', ['NOT_CHALLENGED'], (p) => p.answers('/mcp', status(403))],
  ['HTTP 500', ['NOT_CHALLENGED'], (p) => p.answers('/mcp', status(500))],
  ['a redirect', ['REDIRECTED'], (p) => p.answers('/mcp', redirect('/elsewhere', 307))],
  [
    'a 401 without a challenge',
    ['CHALLENGE_MISSING', 'INVALID_TOKEN_NOT_SAID'],
    (p) => p.answers('/mcp', status(401)),
  ],
  [
    'a challenge of another scheme',
    ['CHALLENGE_MALFORMED', 'INVALID_TOKEN_NOT_SAID'],
    (p) => p.answers('/mcp', status(401, { 'www-authenticate': 'Basic realm="x"' })),
  ],
  [
    'a challenge without the address of the metadata',
    ['CHALLENGE_WITHOUT_METADATA'],
    (p) => {
      p.challenge = { scope: 'mcp:tools' }
    },
  ],
  [
    'a relative address of the metadata',
    ['CHALLENGE_MALFORMED'],
    (p) => {
      p.challenge = { scope: 'mcp:tools', resource_metadata: PATH }
    },
  ],
  [
    'a challenge without a scope',
    ['CHALLENGE_WITHOUT_SCOPE'],
    (p) => {
      delete p.challenge.scope
    },
  ],
  [
    'an error though there is no token',
    ['CHALLENGE_NAMES_ERROR'],
    (p) => {
      p.challenge.error = 'invalid_token'
    },
  ],
  // with a token that nobody has issued
  [
    'every token is good',
    ['GARBAGE_ACCEPTED'],
    (p) => p.answers('/mcp', toTokens(p, json({ result: {} }))),
  ],
  [
    'an unsigned JWT is good',
    ['GARBAGE_ACCEPTED'],
    (p) =>
      p.answers('/mcp', (received, response) =>
        received.authorization?.startsWith('Bearer ey')
          ? json({ result: {} })(received, response)
          : challenged(p, received.authorization !== undefined)(received, response),
      ),
  ],
  [
    'a bad token is HTTP 500',
    ['GARBAGE_NOT_CHALLENGED'],
    (p) => p.answers('/mcp', toTokens(p, status(500))),
  ],
  [
    'the authorization server is away',
    ['TOKENS_NOT_CHECKED_NOW'],
    (p) => p.answers('/mcp', toTokens(p, status(503))),
  ],
  [
    'a bad token has no error',
    ['INVALID_TOKEN_NOT_SAID'],
    (p) => {
      p.refusal = {}
    },
  ],
  [
    'the token is in the answer',
    ['TOKEN_REPEATED'],
    (p) =>
      p.answers('/mcp', (received, response) => {
        if (received.authorization !== undefined) {
          response.setHeader('x-error', `no good: ${received.authorization}`)
        }
        return challenged(p, received.authorization !== undefined)(received, response)
      }),
  ],
  [
    'a stack is in the answer',
    ['ERROR_LEAKS', 'GARBAGE_NOT_CHALLENGED'],
    (p) =>
      p.answers(
        '/mcp',
        toTokens(p, raw('Error\n    at f (/app/server.js:1:2)', 'text/plain', 500)),
      ),
  ],
  [
    'the query is read',
    ['TOKEN_IN_QUERY'],
    (p) =>
      p.answers('/mcp', (received, response) => {
        const hasToken = received.authorization !== undefined || received.url.includes('?')
        return challenged(p, hasToken)(received, response)
      }),
  ],
  // the metadata
  [
    'no metadata',
    ['METADATA_MISSING', 'METADATA_UNREADABLE'],
    (p) => {
      p.answers(PATH, status(404))
      p.answers(ROOT, status(404))
    },
  ],
  [
    'the challenge names the inner host',
    ['METADATA_ELSEWHERE'],
    (p) => {
      p.challenge.resource_metadata = `http://127.0.0.1:1${PATH}`
    },
  ],
  [
    'the challenge names a page in HTML',
    ['METADATA_UNREADABLE'],
    (p) => {
      p.challenge.resource_metadata = `${p.server.origin}/page`
      p.answers('/page', html())
    },
  ],
  [
    'another media type',
    ['METADATA_MEDIA_TYPE'],
    (p) =>
      p.answers(PATH, (_received, response) => {
        response.setHeader('access-control-allow-origin', '*')
        return raw(JSON.stringify(p.metadata), 'text/plain')(_received, response)
      }),
  ],
  [
    'the document is not at the inserted address',
    ['METADATA_NOT_AT_PATH'],
    (p) => {
      p.challenge.resource_metadata = `${p.server.origin}${ROOT}`
      p.answers(PATH, status(404))
    },
  ],
  [
    'the document is not at the root',
    ['METADATA_NOT_AT_ROOT'],
    (p) => p.answers(ROOT, status(404)),
  ],
  [
    'the addresses contradict each other',
    ['METADATA_DIFFERS'],
    (p) => p.answers(ROOT, json({ ...p.metadata, authorization_servers: ['https://a.example'] })),
  ],
  [
    'the document is hidden from pages',
    ['METADATA_HIDDEN'],
    (p) => p.answers(PATH, (received, response) => json(p.metadata)(received, response)),
  ],
  [
    'no resource',
    ['RESOURCE_MISMATCH'],
    (p) => {
      delete p.metadata.resource
    },
  ],
  ...(
    [
      ['a slash too many', (url: string) => `${url}/`, 'a slash at the end'],
      ['the other scheme', (url: string) => url.replace('http:', 'https:'), 'the scheme'],
      ['another port', (url: string) => url.replace(/:\d+\//, ':1/'), 'the port'],
      ['another host', (url: string) => url.replace('127.0.0.1', 'mcp.example.com'), 'the host'],
      [
        'localhost',
        (url: string) => url.replace('127.0.0.1', 'localhost'),
        'the spelling of loopback',
      ],
      [
        'another case',
        (url: string) => url.replace('/mcp', '/MCP'),
        'upper and lower case of the path',
      ],
      ['another path', (url: string) => `${url}x`, 'the path'],
    ] as const
  ).map(
    ([name, change]): Mistake => [
      `the resource has ${name}`,
      ['RESOURCE_MISMATCH'],
      (p: Patient) => {
        p.metadata.resource = change(p.url)
      },
    ],
  ),
  [
    'the resource is the origin',
    ['RESOURCE_IS_PARENT'],
    (p) => {
      p.metadata.resource = p.server.origin
    },
  ],
  [
    'no authorization server',
    ['AUTHORIZATION_SERVERS_MISSING'],
    (p) => {
      p.metadata.authorization_servers = []
    },
  ],
  [
    'scopes as one text',
    ['METADATA_MEMBER_WRONG'],
    (p) => {
      p.metadata.scopes_supported = 'mcp:tools'
    },
  ],
  [
    'tokens in the query are offered',
    ['TOKEN_ELSEWHERE_OFFERED'],
    (p) => {
      p.metadata.bearer_methods_supported = ['header', 'query']
    },
  ],
  [
    'the header is not offered',
    ['HEADER_NOT_OFFERED'],
    (p) => {
      p.metadata.bearer_methods_supported = []
    },
  ],
  // the paths and fields beside it
  [
    'the path with a slash is open',
    ['NEIGHBOUR_UNPROTECTED'],
    (p) => p.answers('/mcp/', json({ result: {} })),
  ],
  [
    'the path in capitals is open',
    ['NEIGHBOUR_UNPROTECTED'],
    (p) => p.answers('/MCP', json({ result: {} })),
  ],
  [
    'the path with a slash redirects',
    ['NEIGHBOUR_REDIRECTS'],
    (p) => p.answers('/mcp/', redirect('/mcp', 308)),
  ],
  [
    'the metadata trusts X-Forwarded-Host',
    ['HOST_TRUSTED'],
    (p) =>
      p.answers(PATH, ({ headers }, response) => {
        const host = headers['x-forwarded-host'] ?? new URL(p.url).host
        response.setHeader('access-control-allow-origin', '*')
        return json({ ...p.metadata, resource: `http://${host}/mcp` })({} as never, response)
      }),
  ],
  [
    'the challenge trusts Host',
    ['HOST_TRUSTED'],
    (p) =>
      p.answers('/mcp', (received, response) => {
        const resource_metadata = `http://${received.headers.host}${PATH}`
        p.challenge = { ...p.challenge, resource_metadata }
        return challenged(p, received.authorization !== undefined)(received, response)
      }),
  ],
  // pages
  [
    'the challenge is hidden from pages',
    ['CHALLENGE_HIDDEN'],
    (p) => p.answers('/mcp', with401(p, { 'access-control-allow-origin': '*' })),
  ],
  [
    'cookies for every page',
    ['CREDENTIALS_SHARED'],
    (p) =>
      p.answers(
        '/mcp',
        with401(p, {
          'access-control-allow-origin': 'https://doctor-origin.invalid',
          'access-control-allow-credentials': 'true',
          'access-control-expose-headers': 'WWW-Authenticate',
        }),
      ),
  ],
  [
    'the page of --origin is not allowed',
    ['ISSUER_METADATA_HIDDEN', 'ORIGIN_REFUSED', 'PREFLIGHT_REFUSED'],
    () => {},
    ['--origin', 'https://app.example'],
  ],
  [
    'a wildcard in place of Authorization',
    ['ISSUER_METADATA_HIDDEN', 'PREFLIGHT_REFUSED'],
    (p) =>
      p.answers(
        '/mcp',
        with401(p, {
          'access-control-allow-origin': '*',
          'access-control-allow-headers': '*',
          'access-control-expose-headers': '*',
        }),
      ),
    ['--origin', 'https://app.example'],
  ],
  // authorization servers
  [
    'an issuer that is a file',
    ['AUTHORIZATION_SERVER_INVALID'],
    (p) => {
      p.metadata.authorization_servers = ['file:///etc/passwd', p.issuer]
    },
  ],
  [
    'an issuer without https',
    ['AUTHORIZATION_SERVER_PLAIN_HTTP'],
    (p) => {
      p.metadata.authorization_servers = ['http://as.example.com', p.issuer]
    },
  ],
  [
    'an issuer at a link-local address',
    ['AUTHORIZATION_SERVER_OUT_OF_REACH'],
    (p) => {
      p.metadata.authorization_servers = ['https://169.254.169.254', p.issuer]
    },
  ],
  [
    'an issuer where nobody is',
    ['AUTHORIZATION_SERVER_UNREACHABLE'],
    (p) => {
      p.metadata.authorization_servers = ['http://127.0.0.1:1']
    },
  ],
  [
    'the realm is forgotten',
    ['ISSUER_METADATA_MISSING'],
    (p) => {
      p.metadata.authorization_servers = [`${p.issuer}/realms/nobody`]
    },
  ],
  [
    'the metadata stands behind the path only',
    ['ISSUER_METADATA_APPENDED'],
    (p) => {
      const issuer = `${p.issuer}/tenant`
      p.metadata.authorization_servers = [issuer]
      const own = json({ ...p.issuerMetadata, issuer })
      p.authorizationServer.on('/tenant/.well-known/oauth-authorization-server', own)
    },
  ],
  [
    'a page in HTML for metadata',
    ['ISSUER_METADATA_UNREADABLE'],
    (p) => {
      for (const name of ['oauth-authorization-server', 'openid-configuration']) {
        p.authorizationServer.on(`/.well-known/${name}`, html())
      }
    },
  ],
  [
    'the issuer has a slash',
    ['ISSUER_MISMATCH'],
    (p) => {
      p.issuerMetadata.issuer = `${p.issuer}/`
    },
  ],
  [
    'two documents contradict each other',
    ['ISSUER_METADATA_DIFFERS'],
    (p) => {
      const other = json({ ...p.issuerMetadata, token_endpoint: `${p.issuer}/other` })
      p.authorizationServer.on('/.well-known/openid-configuration', other)
    },
  ],
  [
    'no PKCE',
    ['PKCE_MISSING'],
    (p) => {
      delete p.issuerMetadata.code_challenge_methods_supported
    },
  ],
  [
    'only plain PKCE',
    ['PKCE_MISSING'],
    (p) => {
      p.issuerMetadata.code_challenge_methods_supported = ['plain']
    },
  ],
  [
    'no token endpoint',
    ['ENDPOINT_MISSING'],
    (p) => {
      delete p.issuerMetadata.token_endpoint
    },
  ],
  [
    'an endpoint without https',
    ['ENDPOINT_INSECURE'],
    (p) => {
      p.issuerMetadata.token_endpoint = 'http://as.example.com/token'
    },
  ],
  [
    'S1.10: registration is open',
    ['REGISTRATION_OPEN'],
    (p) => {
      p.issuerMetadata.registration_endpoint = `${p.issuer}/register`
    },
  ],
  [
    'a scope that the authorization server does not have',
    ['SCOPE_UNKNOWN'],
    (p) => {
      p.issuerMetadata.scopes_supported = ['openid']
    },
  ],
  // keys
  [
    'no keys at the jwks_uri',
    ['KEYS_UNREACHABLE'],
    (p) => {
      p.issuerMetadata.jwks_uri = `${p.issuer}/gone`
    },
  ],
  [
    'no list of keys',
    ['KEYS_UNREADABLE'],
    (p) => {
      p.keys = { keys: {} }
    },
  ],
  [
    'an empty key set',
    ['KEYS_UNUSABLE'],
    (p) => {
      p.keys = { keys: [] }
    },
  ],
  [
    'a symmetric key in public',
    ['KEY_PRIVATE', 'KEYS_UNUSABLE'],
    (p) => {
      p.keys = { keys: [{ kty: 'oct', k: 'c2VjcmV0', kid: 'a' }] }
    },
  ],
  [
    'a private key beside a good one',
    ['KEY_PRIVATE'],
    (p) => {
      p.keys = { keys: [two, { ...privateJwk, kid: 'b' }] }
    },
  ],
  [
    'a weak key beside a good one',
    ['KEY_WEAK'],
    (p) => {
      p.keys = {
        keys: [one, { ...rsa1024.export({ format: 'jwk' }), kid: 'weak', alg: 'RS256' }],
      }
    },
  ],
  [
    'two keys of one kid',
    ['KEY_ID_REPEATED'],
    (p) => {
      p.keys = { keys: [one, two] }
    },
  ],
  // DPoP
  [
    'DPoP is required, and nobody issues bound tokens',
    ['DPOP_CHALLENGE_MISSING', 'DPOP_NOT_ISSUED'],
    (p) => {
      p.metadata.dpop_bound_access_tokens_required = true
      p.metadata.dpop_signing_alg_values_supported = ['ES256']
    },
  ],
  [
    'no common algorithm for DPoP',
    ['DPOP_ALGORITHMS_DISJOINT'],
    (p) => {
      p.metadata.dpop_signing_alg_values_supported = ['ES256']
      p.issuerMetadata.dpop_signing_alg_values_supported = ['RS256']
    },
  ],
  [
    'DPoP without a key',
    ['DPOP_ALGORITHMS_UNSAFE'],
    (p) => {
      p.metadata.dpop_signing_alg_values_supported = ['none', 'ES256']
    },
  ],
]

describe('doctor from outside', () => {
  it('S5: finds nothing wrong with a good server, and accepts its token', async () => {
    await using patient = await startPatient()
    const run = await runDoctor(patient.url, [], { environment: { MCP_TOKEN: GOOD_TOKEN } })
    expect(run.wrong).toEqual([])
    expect(run).toMatchObject({ code: 0, report: { examined: true, faults: 0, warnings: 0 } })
    expect(run.report.findings.map(({ code }) => code)).toEqual([
      'CHALLENGE',
      'METADATA',
      'RESOURCE',
      'AUTHORIZATION_SERVER',
      'DPOP',
      'FORGED_TOKEN',
      'PATHS',
      'HOST',
      'BROWSERS',
      'GIVEN_TOKEN',
    ])
  })

  it('S1.11: names a configuration with another realm', async () => {
    await using patient = await startPatient()
    const { wrong } = await runDoctor(patient.url, ['--issuer', `${patient.issuer}/realms/other`])
    expect(wrong).toContain('OTHER_ISSUER_CONFIGURED')
    const same = await runDoctor(patient.url, ['--issuer', patient.issuer])
    expect(same.wrong).not.toContain('OTHER_ISSUER_CONFIGURED')
  })

  it.each<Mistake>(MISTAKES)('%s: %j, and nothing else', async (_mistake, codes, make, flags) => {
    await using patient = await startPatient()
    make(patient)
    const run = await runDoctor(patient.url, flags)
    expect(run.wrong).toEqual([...codes].sort())
    expect(run.code).toBe(run.report.faults > 0 ? 1 : 0)
    for (const { severity, meaning, remedy, guide, code } of run.report.findings) {
      if (severity === 'good') continue
      expect([meaning, remedy].map((text) => text.length > 20)).toEqual([true, true])
      expect(guide).toBe(`docs/doctor.md#${code.toLowerCase()}`)
    }
  })
})
