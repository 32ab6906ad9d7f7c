import type { ISSUER_FINDINGS } from '../../../../src/doctor/inside/issuer-catalogue.ts'
import type { KEYCLOAK_FINDINGS } from '../../../../src/doctor/inside/keycloak-catalogue.ts'
import type { TOKEN_FINDINGS } from '../../../../src/doctor/inside/token-catalogue.ts'
import { createTestIssuer } from '../../../../src/testing/index.ts'
import type { Patient } from './patient.ts'

export type Code =
  | keyof typeof ISSUER_FINDINGS
  | keyof typeof TOKEN_FINDINGS
  | keyof typeof KEYCLOAK_FINDINGS

/** What is wrong, how it comes about, and all codes that the doctor reports. */
export type Mistake = readonly [
  what: string,
  make: (patient: Patient) => void | Promise<void>,
  codes: readonly Code[],
]

const EVENTS = { authorization: `Bearer ${'a'.repeat(40)}` }
const ssf = 'https://issuer.test/ssf'

/** A transmitter of security events, with the client of the server. */
function transmit(patient: Patient, stream: object | undefined, status = 'enabled'): void {
  const { issuer, server } = patient
  patient.server = { ...server, securityEvents: { ...EVENTS, client: issuer.client } }
  const members = {
    issuer: issuer.issuer,
    configuration_endpoint: `${ssf}/streams`,
    status_endpoint: `${ssf}/status`,
  }
  issuer.replaceAnswer('/.well-known/ssf-configuration', { body: members })
  issuer.replaceAnswer('token', ({ body }) =>
    new URLSearchParams(body).get('scope')?.includes('ssf')
      ? { body: { access_token: 'a-management-token', token_type: 'Bearer', expires_in: 60 } }
      : { status: 401, body: { error: 'unauthorized_client' } },
  )
  issuer.replaceAnswer('/ssf/streams', { body: stream === undefined ? [] : [stream] })
  issuer.replaceAnswer('/ssf/status', { body: { stream_id: 's', status } })
}

const STREAM = {
  stream_id: 's',
  iss: 'https://issuer.test',
  aud: ['client/s'],
  delivery: {
    method: 'urn:ietf:rfc:8935',
    endpoint_url: 'https://mcp.example.com/mcp/security-events',
  },
  events_requested: [],
  events_delivered: [],
}

/** Answers a registration. @param more members of the answer */
function register({ issuer }: Patient, status: number, more: object): void {
  issuer.changeMetadata({ registration_endpoint: 'https://issuer.test/register' })
  issuer.replaceAnswer('/register', { status, body: { client_id: 'stranger', ...more } })
}

const token = async (
  patient: Patient,
  options: Parameters<Patient['issuer']['token']>[0] = {},
): Promise<void> => {
  patient.token = await patient.issuer.token({ scopes: ['mcp:tools'], ...options })
}

/** Mistakes with an authorization server by RFC 9068. */
export const MISTAKES: readonly Mistake[] = [
  [
    'the authorization server refuses connections',
    async (patient) => {
      await token(patient)
      patient.issuer.outage()
    },
    ['DISCOVERY_UNREACHABLE', 'TOKEN_UNCHECKED'],
  ],
  [
    'the metadata never come',
    (patient) => {
      patient.timeout = 0.3
      patient.issuer.outage({ of: 'metadata', how: 'silent' })
    },
    ['DISCOVERY_UNREACHABLE'],
  ],
  [
    'there are no metadata',
    ({ issuer }) => void issuer.replaceAnswer('metadata', { status: 404 }),
    ['DISCOVERY_NOT_FOUND'],
  ],
  [
    'the metadata name another issuer',
    ({ issuer }) => issuer.changeMetadata({ issuer: 'https://issuer.test/' }),
    ['DISCOVERY_OF_ANOTHER_ISSUER'],
  ],
  ...(
    [
      ['a page of HTML', 'garbage'],
      ['an error', { status: 500, body: 'oops' }],
      ['a list', { body: '[]' }],
      ['an issuer that is a number', { body: { issuer: 1 } }],
      ['more than a megabyte', { body: { issuer: 'x'.repeat(2_000_000) } }],
      ['a redirect', { status: 302, headers: { location: 'http://169.254.169.254/' } }],
    ] as const
  ).map(
    ([what, answer]): Mistake => [
      `the metadata are ${what}`,
      ({ issuer }) => void issuer.replaceAnswer('metadata', answer),
      [what.startsWith('more') ? 'DISCOVERY_UNREACHABLE' : 'DISCOVERY_UNREADABLE'],
    ],
  ),
  ...(
    [
      ['an error', { status: 500 }],
      ['a page of HTML', 'garbage'],
      ['no list', { body: { keys: {} } }],
      ['cut off', 'cut'],
      ['without an end', 'slow'],
    ] as const
  ).map(
    ([what, answer]): Mistake => [
      `the key set is ${what}`,
      (patient) => {
        if (answer === 'slow') patient.timeout = 0.3
        patient.issuer.replaceAnswer('keys', answer)
      },
      ['SIGNING_KEYS_UNAVAILABLE'],
    ],
  ),
  [
    'the metadata name no key set',
    ({ issuer }) => issuer.changeMetadata({ jwks_uri: undefined }),
    ['SIGNING_KEYS_UNAVAILABLE'],
  ],
  [
    'all keys are for encryption',
    ({ issuer }) =>
      void issuer.replaceAnswer('keys', {
        body: { keys: issuer.keys.map((key) => ({ ...key, use: 'enc' })) },
      }),
    ['SIGNING_KEYS_UNUSABLE'],
  ],
  [
    'the secret is wrong',
    (patient) => {
      const { clientId } = patient.issuer.client
      patient.server = { introspection: { clientId, clientSecret: 'a-wrong-secret' } }
    },
    ['INTROSPECTION_REFUSED'],
  ],
  [
    'the client may not introspect',
    ({ issuer }) => void issuer.replaceAnswer('introspection', { status: 403 }),
    ['INTROSPECTION_FORBIDDEN'],
  ],
  ...(
    [
      ['an error', { status: 502, body: 'bad gateway' }],
      ['not found', { status: 404 }],
      ['a page of HTML', 'garbage'],
      ['of wrong types', { body: { active: 'no' } }],
      ['without an end', 'slow'],
    ] as const
  ).map(
    ([what, answer]): Mistake => [
      `the introspection answer is ${what}`,
      (patient) => {
        if (answer === 'slow') patient.timeout = 0.3
        patient.issuer.replaceAnswer('introspection', answer)
      },
      ['INTROSPECTION_UNAVAILABLE'],
    ],
  ),
  [
    'signed answers are required, and none come (RFC 9701)',
    (patient) => {
      const { client } = patient.issuer
      patient.issuer.replaceAnswer('introspection', { body: { active: false } })
      patient.server = { introspection: { ...client, signedAnswers: 'required' } }
      patient.issuer.replaceAnswer('introspection', { body: { active: false } })
    },
    ['INTROSPECTION_UNAVAILABLE'],
  ],
  [
    'introspection calls everything active',
    ({ issuer }) => void issuer.replaceAnswer('introspection', { body: { active: true } }),
    ['INTROSPECTION_ACCEPTS_ANYTHING'],
  ],
  [
    'the server offers no method that the client has a credential for',
    ({ issuer }) =>
      issuer.changeMetadata({
        introspection_endpoint_auth_methods_supported: ['tls_client_auth'],
        token_endpoint_auth_methods_supported: ['tls_client_auth'],
      }),
    ['CLIENT_AUTHENTICATION_FAILED'],
  ],
  ...([-60, 60] as const).map(
    (ahead): Mistake => [
      `the clock of the server is ${ahead} s ahead`,
      ({ issuer, clock }) => {
        const date = new Date(clock() + ahead * 1000).toUTCString()
        issuer.replaceAnswer('metadata', async (_, usual) => ({
          ...(await usual()),
          headers: { date },
        }))
      },
      ['CLOCK_DIFFERS'],
    ],
  ),
  [
    'no logout tokens are offered',
    (patient) => {
      patient.server = { backchannelLogout: { clientIds: 'test-client' } }
    },
    ['LOGOUT_NOT_OFFERED'],
  ],
  [
    'no security events are offered',
    (patient) => {
      patient.server = { securityEvents: { ...EVENTS, client: patient.issuer.client } }
    },
    ['STREAM_NOT_OFFERED'],
  ],
  [
    'the metadata of the transmitter are garbage',
    (patient) => {
      transmit(patient, STREAM)
      patient.issuer.replaceAnswer('/.well-known/ssf-configuration', 'garbage')
    },
    ['STREAM_NOT_OFFERED'],
  ],
  [
    'the client may not manage its stream',
    (patient) => {
      transmit(patient, STREAM)
      patient.issuer.replaceAnswer('/ssf/streams', { status: 403 })
    },
    ['STREAM_REFUSED'],
  ],
  [
    'the list of streams is garbage',
    (patient) => {
      transmit(patient, STREAM)
      patient.issuer.replaceAnswer('/ssf/streams', 'garbage')
    },
    ['STREAM_REFUSED'],
  ],
  ['there is no stream', (patient) => transmit(patient, undefined), ['STREAM_MISSING']],
  ['the stream is paused', (patient) => transmit(patient, STREAM, 'paused'), ['STREAM_PAUSED']],
  [
    'the stream is disabled',
    (patient) => transmit(patient, STREAM, 'disabled'),
    ['STREAM_DISABLED'],
  ],
  [
    'strangers may register clients (S1.10), and the trial is deleted',
    (patient) => {
      register(patient, 201, {
        registration_client_uri: 'https://issuer.test/register/stranger',
        registration_access_token: 'a-registration-token',
      })
      patient.issuer.replaceAnswer('/register/stranger', { status: 204, body: '' })
      patient.tryRegistration = true
    },
    ['STRANGER_REGISTERED'],
  ],
  [
    'the trial client cannot be deleted',
    (patient) => {
      register(patient, 201, {})
      patient.tryRegistration = true
    },
    ['STRANGER_REGISTERED', 'STRANGER_NOT_DELETED'],
  ],
  [
    'the token for deleting the trial client should go elsewhere',
    (patient) => {
      register(patient, 201, {
        registration_client_uri: 'https://elsewhere.test/register/stranger',
        registration_access_token: 'a-registration-token',
      })
      patient.tryRegistration = true
    },
    ['STRANGER_REGISTERED', 'STRANGER_NOT_DELETED'],
  ],
  [
    'the token is no token',
    (patient) => {
      patient.token = 'a b'
      patient.server = { introspection: { ...patient.issuer.client, opaqueTokens: false } }
    },
    ['TOKEN_UNREADABLE'],
  ],
  [
    'the token is a megabyte',
    (patient) => {
      patient.token = `ey${'a'.repeat(1_000_000)}`
    },
    ['TOKEN_UNREADABLE'],
  ],
  [
    'the signature is of another key',
    async (patient) => {
      const { issuer, clock } = patient
      const other = createTestIssuer({ issuer: issuer.issuer, clock })
      patient.token = await other.token({ scopes: ['mcp:tools'] })
    },
    ['TOKEN_SIGNATURE_UNVERIFIED'],
  ],
  [
    'the token is of another issuer (S1.11)',
    async (patient) => {
      const other = createTestIssuer({ issuer: 'https://other.test', clock: patient.clock })
      patient.token = await other.token({ scopes: ['mcp:tools'] })
    },
    ['TOKEN_OF_ANOTHER_ISSUER'],
  ],
  [
    'the token is an ID token',
    (patient) => token(patient, { header: { typ: 'JWT' } }),
    ['TOKEN_OF_ANOTHER_KIND'],
  ],
  [
    'the token has no audience',
    (patient) => token(patient, { claims: { aud: undefined } }),
    ['TOKEN_WITHOUT_AUDIENCE'],
  ],
  [
    'the audience has a slash more',
    (patient) => token(patient, { audience: `${patient.issuer.resource}/` }),
    ['TOKEN_AUDIENCE_NEARLY'],
  ],
  [
    'the token is for another server',
    (patient) => token(patient, { audience: 'https://other.example.com/mcp' }),
    ['TOKEN_FOR_ANOTHER_SERVER'],
  ],
  [
    'the token has no subject',
    (patient) => token(patient, { claims: { sub: undefined } }),
    ['TOKEN_CLAIM_MISSING'],
  ],
  ['the token has expired', (patient) => token(patient, { expiresIn: -60 }), ['TOKEN_EXPIRED']],
  [
    'the token is from the future',
    (patient) => token(patient, { claims: { iat: patient.clock.seconds + 100 } }),
    ['TOKEN_FROM_THE_FUTURE'],
  ],
  [
    'the token lives longer than the server allows (S1.2)',
    async (patient) => {
      patient.options = { maxTokenLifetime: 600 }
      await token(patient, { expiresIn: 86_400 })
    },
    ['TOKEN_LIVES_TOO_LONG'],
  ],
  [
    'the token lives for a day, and no limit is set (S1.2)',
    (patient) => token(patient, { expiresIn: 86_400 }),
    ['TOKEN_LIVES_LONG'],
  ],
  [
    'the token is bound to a key',
    (patient) => token(patient, { dpop: 'a'.repeat(43) }),
    ['TOKEN_BOUND'],
  ],
  [
    'the token is not bound, and the server wants bound tokens',
    async (patient) => {
      patient.options = { dpop: 'required' }
      await token(patient)
    },
    ['TOKEN_NOT_BOUND'],
  ],
  [
    'the token was revoked',
    async (patient) => {
      await token(patient)
      patient.issuer.revoke(patient.token ?? '')
    },
    ['TOKEN_INACTIVE'],
  ],
  [
    'the token was revoked, and the server never asks',
    async (patient) => {
      patient.server = { confirm: 'never' }
      await token(patient)
      patient.issuer.revoke(patient.token ?? '')
    },
    ['TOKEN_INACTIVE'],
  ],
  [
    'the token has an unknown confirmation',
    (patient) => token(patient, { claims: { cnf: { unknown: 'x' } } }),
    ['TOKEN_REFUSED'],
  ],
  [
    'the token lacks the scope',
    (patient) => token(patient, { scopes: ['other'] }),
    ['TOKEN_SCOPE_MISSING'],
  ],
  [
    "the token of the server's client is for another server",
    async ({ issuer }) => {
      const access_token = await issuer.token({ scopes: ['mcp:tools'], audience: 'https://o.test' })
      issuer.replaceAnswer('token', {
        body: { access_token, token_type: 'Bearer', scope: 'mcp:tools' },
      })
    },
    ['TOKEN_FOR_ANOTHER_SERVER'],
  ],
  [
    'the token names no session, and logout tokens are awaited',
    async (patient) => {
      patient.server = { backchannelLogout: { clientIds: 'test-client' } }
      patient.issuer.changeMetadata({ backchannel_logout_supported: true })
      await token(patient)
    },
    ['TOKEN_WITHOUT_SESSION'],
  ],
  [
    'the token is of a client whose logout tokens are not accepted',
    async (patient) => {
      patient.server = { backchannelLogout: { clientIds: 'another-client' } }
      patient.issuer.changeMetadata({ backchannel_logout_supported: true })
      await token(patient, { session: 'a-session' })
    },
    ['TOKEN_OF_UNHEARD_CLIENT'],
  ],
]

const DECOY = 'urn:mcp:no-resource'

/** Gives the server's client tokens, for each request another one. */
async function serveOwnTokens(
  { issuer }: Patient,
  audience: string,
  forResource: { readonly status: number; readonly body: object } | undefined,
): Promise<void> {
  const access_token = await issuer.token({ scopes: ['mcp:tools'], audience })
  issuer.replaceAnswer('token', ({ body }) =>
    forResource !== undefined && new URLSearchParams(body).has('resource')
      ? forResource
      : { body: { access_token, token_type: 'Bearer' } },
  )
}

/** Mistakes with a realm of Keycloak. */
export const KEYCLOAK_MISTAKES: readonly Mistake[] = [
  [
    'the realm does not exist',
    ({ issuer }) => void issuer.replaceAnswer('metadata', { status: 404 }),
    ['KEYCLOAK_REALM_UNKNOWN'],
  ],
  [
    'the profile is not that of Keycloak',
    (patient) => {
      const { issuer } = patient
      const endpoint = `${issuer.issuer}/protocol/openid-connect/token/introspect`
      issuer.changeMetadata({ introspection_endpoint: endpoint })
      issuer.replaceAnswer('/realms/acme/protocol/openid-connect/token/introspect', {
        body: { active: false },
      })
      patient.options = {
        authorizationServer: { issuer: issuer.issuer, introspection: issuer.client },
      }
    },
    ['KEYCLOAK_PROFILE_MISSING'],
  ],
  [
    'the server has no client',
    (patient) => {
      const { profile } = patient.issuer.authorizationServer()
      patient.options = {
        authorizationServer: { issuer: patient.issuer.issuer, ...(profile && { profile }) },
      }
    },
    ['KEYCLOAK_NO_INTROSPECTION'],
  ],
  [
    'the server never confirms',
    (patient) => {
      patient.server = { confirm: 'never' }
    },
    ['KEYCLOAK_NEVER_CONFIRMED'],
  ],
  [
    'the client is a built-in one',
    (patient) => {
      patient.server = { introspection: { clientId: 'admin-cli', clientSecret: 'secret-of-it' } }
      patient.issuer.replaceAnswer('introspection', { body: { active: false } })
    },
    ['KEYCLOAK_BUILT_IN_CLIENT'],
  ],
  [
    'the realm lacks the scope of the server',
    ({ issuer }) => issuer.changeMetadata({ scopes_supported: ['basic', 'roles'] }),
    ['KEYCLOAK_SCOPE_UNKNOWN'],
  ],
  [
    'the realm lacks its built-in scopes',
    ({ issuer }) => issuer.changeMetadata({ scopes_supported: ['mcp:tools'] }),
    ['KEYCLOAK_BASIC_SCOPE_MISSING', 'KEYCLOAK_ROLES_SCOPE_MISSING'],
  ],
  [
    'the scope is given to everybody, and `resource` is ignored',
    (patient) => serveOwnTokens(patient, patient.issuer.resource, undefined),
    ['KEYCLOAK_SCOPE_BY_DEFAULT', 'KEYCLOAK_NO_RESOURCE_INDICATORS'],
  ],
  [
    'a token without `resource` is accepted, and `resource` is unknown to the realm',
    (patient) =>
      serveOwnTokens(patient, patient.issuer.resource, {
        status: 400,
        body: { error: 'invalid_target' },
      }),
    ['KEYCLOAK_SCOPE_BY_DEFAULT', 'KEYCLOAK_TOKEN_WITHOUT_RESOURCE', 'KEYCLOAK_RESOURCE_UNKNOWN'],
  ],
  [
    'every token has the decoy audience',
    async (patient) => {
      patient.options = { exclusiveAudience: true }
      await token(patient, { audience: [patient.issuer.resource, DECOY] })
    },
    ['KEYCLOAK_RESOURCE_NOT_SENT'],
  ],
  [
    'introspection alone, and nothing but one audience',
    (patient) => {
      patient.options = { exclusiveAudience: true }
      patient.server = { verification: 'introspection' }
    },
    ['KEYCLOAK_INTROSPECTION_NOT_NARROWED'],
  ],
  [
    'the introspecting client is not in the audience (26.6.2)',
    async (patient) => {
      const { issuer } = patient
      patient.server = { introspection: { clientId: 'mcp-server', clientSecret: 'secret-of-it' } }
      issuer.replaceAnswer('introspection', { body: { active: false } })
      await token(patient)
    },
    ['KEYCLOAK_CLIENT_NOT_IN_AUDIENCE'],
  ],
  [
    'the token has an audience of Keycloak',
    (patient) => token(patient, { audience: [patient.issuer.resource, 'account'] }),
    ['KEYCLOAK_FULL_SCOPE'],
  ],
  [
    'no audience, and a subject',
    (patient) => token(patient, { claims: { aud: undefined } }),
    ['TOKEN_WITHOUT_AUDIENCE'],
  ],
  [
    'no subject',
    (patient) => token(patient, { claims: { sub: undefined } }),
    ['KEYCLOAK_NO_SUBJECT'],
  ],
  [
    'a lightweight token, and no introspection',
    async (patient) => {
      patient.server = { verification: 'jwt' }
      const { introspection: _, ...server } = patient.issuer.authorizationServer(patient.server)
      patient.options = { authorizationServer: server }
      await token(patient, { lightweight: true })
    },
    ['KEYCLOAK_LIGHTWEIGHT_TOKEN'],
  ],
  [
    'no scope of the server in the token',
    (patient) => token(patient, { scopes: ['profile'] }),
    ['KEYCLOAK_SCOPE_NOT_IN_TOKEN'],
  ],
  [
    'one of two scopes in the token',
    async (patient) => {
      patient.options = { requiredScopes: ['mcp:tools', 'basic'] }
      await token(patient)
    },
    ['TOKEN_SCOPE_MISSING'],
  ],
]
