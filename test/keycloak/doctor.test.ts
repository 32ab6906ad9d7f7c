import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { adminOf } from '../../scripts/keycloak/admin.ts'
import { examineAll } from '../../src/doctor/examination.ts'
import type { Finding } from '../../src/doctor/finding.ts'
import {
  createInsideExaminations,
  type InsideConfiguration,
} from '../../src/doctor/inside/inside-examinations.ts'
import { explainToken } from '../../src/explain/index.ts'
import { createResourceServer, type ResourceServerOptions } from '../../src/index.ts'
import {
  type KeycloakOptions,
  type KeycloakRealmOptions,
  keycloak,
  keycloakOptionsFor,
  keycloakProfile,
  keycloakRealm,
  type PartialKeycloakRealmOptions,
} from '../../src/keycloak/index.ts'
import { ChangedRealm, type Mend } from './support/changed-realm.ts'
import { RESOURCE, SECRET, SERVER_CLIENT, SERVER_SECRET } from './support/realms.ts'
import { boundToken, personToken, realmUrl, serviceToken } from './support/tokens.ts'

// The doctor on realms of the recipe, and on the same realms with one mistake at a time.

const admin = adminOf(inject('keycloakUrl'), inject('administrator'))
const suffix = crypto.randomUUID().slice(0, 8)
const nameOf = (kind: string): string => `doctor-${kind}-${suffix}`

const COMMON = {
  resource: RESOURCE,
  server: { secret: SERVER_SECRET },
  clients: [
    { clientId: 'person', passwordGrant: true, scopes: ['mcp:tools'] },
    { clientId: 'program', serviceAccount: true, refreshToken: true, secret: SECRET },
  ],
  users: [{ username: 'alice', password: 'password-of-alice' }],
} as const satisfies KeycloakRealmOptions

const TWO = { clientId: SERVER_CLIENT, secret: SERVER_SECRET }

const REALMS = {
  /** The server's client is named after the resource, and Keycloak tells it what ends. */
  revocation: {
    ...COMMON,
    realm: nameOf('revocation'),
    optionalScopes: [{ name: 'mcp:admin', roles: ['admin'] }],
    revocation: { backchannelLogout: true, securityEvents: true, notBefore: true },
  },
  /** The server's client has a name of its own, so tokens have two audiences. */
  plain: { ...COMMON, realm: nameOf('plain'), server: TWO },
  indicators: { ...COMMON, realm: nameOf('indicators'), resourceIndicators: true },
  tutorial: { ...COMMON, realm: nameOf('tutorial'), tutorial: true },
} as const satisfies Record<string, KeycloakRealmOptions>

/** A second server of the realm `plain`. */
const SECOND = {
  partial: true,
  realm: REALMS.plain.realm,
  resource: 'http://127.0.0.1:3002/mcp',
  scopes: ['mail:read'],
  server: { secret: SERVER_SECRET },
  clients: [{ clientId: 'mail-person', passwordGrant: true, scopes: ['mail:read'] }],
} as const satisfies PartialKeycloakRealmOptions

type Made = KeycloakRealmOptions | PartialKeycloakRealmOptions

interface Differing {
  readonly server?: Partial<ResourceServerOptions>
  readonly keycloak?: Partial<KeycloakOptions>
  readonly issuer?: string
  /** Leaves `maxTokenLifetime` out. */
  readonly anyLifetime?: boolean
}

/** The options of the server that a realm was made for. */
function optionsOf(
  made: Made,
  { server, keycloak: own, issuer, anyLifetime = false }: Differing = {},
): ResourceServerOptions {
  const options = keycloakOptionsFor(made)
  const { maxTokenLifetime, ...others } = options.resourceServer
  return {
    ...others,
    ...(anyLifetime || maxTokenLifetime === undefined ? {} : { maxTokenLifetime }),
    authorizationServer: keycloak(issuer ?? realmUrl(made.realm ?? ''), {
      ...options.keycloak,
      clientSecret: SERVER_SECRET,
      ...own,
    }),
    requiredScopes: ['mcp:tools'],
    ...server,
  }
}

async function findingsOf(configuration: InsideConfiguration): Promise<readonly Finding[]> {
  const { examinations, close } = createInsideExaminations(configuration)
  try {
    return await examineAll(examinations, {
      progress: () => {},
      signal: new AbortController().signal,
      redact: (text) => text,
    })
  } finally {
    await close()
  }
}

/** What the doctor finds fault with. */
async function codesOf(configuration: InsideConfiguration): Promise<readonly string[]> {
  const findings = await findingsOf(configuration)
  const secrets = [SERVER_SECRET, configuration.token ?? SERVER_SECRET]
  for (const secret of secrets) expect(JSON.stringify(findings)).not.toContain(secret)
  return findings.filter(({ severity }) => severity !== 'good').map(({ code }) => code)
}

/** The rules that a token breaks, or that decide nothing, as `explain` lists them. */
async function brokenRules(
  options: ResourceServerOptions,
  token: string,
): Promise<readonly string[]> {
  const server = createResourceServer(options)
  try {
    const { rules } = await explainToken(token, server, { fetch: true })
    expect(JSON.stringify(rules)).not.toContain(token)
    return rules.filter(({ outcome }) => outcome === 'broken').map(({ rule }) => rule)
  } finally {
    await server.close()
  }
}

const person = async (made: Made, more: Record<string, string> = {}): Promise<string> =>
  (await personToken('person', { realm: made.realm ?? '', ...more })).access_token

const { revocation, plain, indicators, tutorial } = REALMS
const EVENTS = { securityEvents: { authorization: `Bearer ${'a'.repeat(40)}` } }

/** One mistake, and the codes of what the doctor finds: no fewer and no others. */
interface Mistake {
  readonly what: string
  readonly codes: readonly string[]
  /** The rules that `explain` calls broken; default none. */
  readonly broken?: readonly string[]
  readonly made?: Made
  readonly differing?: Differing
  /** Makes the mistake in the realm. */
  readonly make?: (realm: ChangedRealm) => Promise<Mend>
  /** The token that the doctor is given; default: one of `person`; `none`: none. */
  readonly token?: 'none' | ((made: Made) => Promise<string>)
  /** What happens between the token and the doctor. */
  readonly after?: (realm: ChangedRealm) => Promise<Mend>
  readonly tryRegistration?: boolean
}

const MISTAKES: readonly Mistake[] = [
  {
    what: 'no mapper puts the introspecting client into the audience (26.6.2)',
    codes: ['KEYCLOAK_CLIENT_NOT_IN_AUDIENCE'],
    broken: ['introspection'],
    made: plain,
    make: (realm) => realm.mapper('mcp:tools', 'audience: introspecting client', undefined),
  },
  {
    what: 'two audiences, of which resource-indicators leave one',
    codes: ['KEYCLOAK_CLIENT_NOT_IN_AUDIENCE'],
    broken: ['introspection'],
    made: plain,
    token: (made) => person(made, { resource: RESOURCE }),
  },
  {
    what: 'the session has ended',
    codes: ['TOKEN_INACTIVE'],
    broken: ['introspection'],
    after: (realm) => realm.logout('alice'),
  },
  {
    what: 'the user is disabled',
    codes: ['TOKEN_INACTIVE'],
    broken: ['introspection'],
    after: (realm) => realm.user('alice', { enabled: false }),
  },
  {
    what: 'a not-before of the realm is later than the token',
    codes: ['TOKEN_INACTIVE'],
    broken: ['introspection'],
    after: (realm) => realm.realm({ notBefore: Math.floor(Date.now() / 1000) + 2 }),
  },
  {
    what: 'the token is of another realm (S1.11)',
    codes: ['TOKEN_OF_ANOTHER_ISSUER'],
    broken: ['issuer'],
    token: () => person(plain),
  },
  {
    what: 'the issuer is configured under another host name',
    codes: ['DISCOVERY_OF_ANOTHER_ISSUER'],
    differing: { issuer: realmUrl(revocation.realm).replace('localhost', '127.0.0.1') },
    token: 'none',
  },
  {
    what: 'the name of the realm is misspelt',
    codes: ['KEYCLOAK_REALM_UNKNOWN'],
    differing: { issuer: realmUrl(revocation.realm.toUpperCase()) },
    token: 'none',
  },
  {
    what: 'the client has no scope with an audience mapper',
    codes: ['TOKEN_WITHOUT_AUDIENCE'],
    broken: ['completion'],
    make: (realm) => realm.withoutScope('person', 'mcp:tools'),
  },
  {
    what: 'the same, and full scope is allowed',
    codes: ['TOKEN_FOR_ANOTHER_SERVER', 'KEYCLOAK_FULL_SCOPE'],
    broken: ['audience', 'scopes'],
    make: async (realm) => {
      const mends = [
        await realm.withoutScope('person', 'mcp:tools'),
        await realm.client('person', { fullScopeAllowed: true }),
      ]
      return async () => {
        for (const mend of mends) await mend()
      }
    },
  },
  {
    what: 'the audience has a slash more than the resource',
    codes: ['TOKEN_AUDIENCE_NEARLY'],
    broken: ['audience'],
    make: (realm) =>
      realm.mapper('mcp:tools', 'audience: resource', {
        'included.custom.audience': `${RESOURCE}/`,
      }),
  },
  {
    what: 'the client sent no `resource`, with resource-indicators',
    codes: ['KEYCLOAK_RESOURCE_NOT_SENT'],
    broken: ['audience'],
    made: indicators,
  },
  {
    what: '"Include in token scope" is off',
    codes: ['KEYCLOAK_SCOPE_NOT_IN_TOKEN'],
    broken: ['scopes'],
    make: (realm) => realm.scope('mcp:tools', {}, { 'include.in.token.scope': 'false' }),
  },
  {
    what: 'the user lacks the role of a scope',
    codes: ['TOKEN_SCOPE_MISSING'],
    broken: ['scopes'],
    differing: { server: { requiredScopes: ['mcp:tools', 'mcp:admin'] } },
    token: (made) => person(made, { scope: 'mcp:admin' }),
  },
  {
    what: 'the client sends its ID token',
    codes: ['TOKEN_OF_ANOTHER_KIND'],
    broken: ['type', 'audience', 'scopes'],
    token: async ({ realm = '' }) =>
      (await personToken('person', { realm, scope: 'openid' })).id_token ?? '',
  },
  {
    what: 'the profile is not that of Keycloak',
    codes: ['KEYCLOAK_PROFILE_MISSING', 'TOKEN_OF_ANOTHER_KIND'],
    broken: ['type', 'claims'],
    differing: {
      server: {
        authorizationServer: {
          issuer: realmUrl(revocation.realm),
          introspection: { clientId: RESOURCE, clientSecret: SERVER_SECRET },
        },
      },
    },
  },
  {
    what: 'the token is bound to a DPoP key',
    codes: ['TOKEN_BOUND'],
    token: async ({ realm = '' }) => (await boundToken('program', realm)).access_token,
  },
  {
    what: 'no scope `basic` in the realm, and none at the client',
    codes: ['KEYCLOAK_BASIC_SCOPE_MISSING', 'KEYCLOAK_NO_SUBJECT'],
    broken: ['completed-claims'],
    make: async (realm) => {
      const give = await realm.withoutScope('person', 'basic')
      const rename = await realm.scope('basic', { name: 'other' })
      return async () => {
        await rename()
        await give()
      }
    },
  },
  {
    what: 'no scope `roles` in the realm',
    codes: ['KEYCLOAK_ROLES_SCOPE_MISSING'],
    make: (realm) => realm.scope('roles', { name: 'other' }),
  },
  {
    what: 'lightweight tokens, and a server that cannot introspect',
    codes: ['KEYCLOAK_LIGHTWEIGHT_TOKEN'],
    broken: ['audience', 'claims'],
    make: (realm) =>
      realm.client('person', {}, { 'client.use.lightweight.access.token.enabled': 'true' }),
    differing: {
      server: {
        authorizationServer: {
          issuer: realmUrl(revocation.realm),
          profile: keycloakProfile,
          verification: 'jwt',
        },
      },
    },
  },
  {
    what: 'long-lived tokens (S1.2)',
    codes: ['TOKEN_LIVES_LONG'],
    make: (realm) => realm.client('person', {}, { 'access.token.lifespan': '86400' }),
    differing: { anyLifetime: true },
  },
  {
    what: 'long-lived tokens, and a server that refuses them (S1.2)',
    codes: ['TOKEN_LIVES_TOO_LONG'],
    broken: ['lifetime'],
    make: (realm) => realm.client('person', {}, { 'access.token.lifespan': '86400' }),
  },
  {
    what: 'a scope that the realm does not have',
    codes: ['KEYCLOAK_SCOPE_UNKNOWN'],
    differing: { server: { requiredScopes: ['mcp:tools', 'mcp:typo'] } },
    token: 'none',
  },
  {
    what: 'the scope of the server is a default scope (S1.11)',
    codes: ['KEYCLOAK_SCOPE_BY_DEFAULT', 'KEYCLOAK_TOKEN_WITHOUT_RESOURCE'],
    make: (realm) => realm.withScope(RESOURCE, 'mcp:tools'),
    token: 'none',
  },
  {
    what: 'the secret is wrong',
    codes: ['INTROSPECTION_REFUSED'],
    differing: { keycloak: { clientSecret: 'a-wrong-secret' } },
    token: 'none',
  },
  {
    what: 'the client of the server is public',
    codes: ['INTROSPECTION_FORBIDDEN'],
    make: (realm) => realm.client(SERVER_CLIENT, { publicClient: true }),
    made: plain,
    token: 'none',
  },
  {
    what: 'anybody may register clients (S1.10)',
    codes: ['STRANGER_REGISTERED'],
    make: (realm) => realm.withoutComponent('Trusted Hosts', 'anonymous'),
    token: 'none',
    tryRegistration: true,
  },
  {
    what: 'no logout tokens for the client of the token',
    codes: ['TOKEN_OF_UNHEARD_CLIENT'],
    differing: { keycloak: { backchannelLogout: 'another-client' } },
  },
  {
    what: 'the realm sends no security events',
    codes: ['STREAM_NOT_OFFERED'],
    make: (realm) => realm.realm({ attributes: { 'ssf.transmitterEnabled': 'false' } }),
    differing: { keycloak: EVENTS },
    token: 'none',
  },
  {
    what: 'the client may not have a stream',
    codes: ['STREAM_REFUSED'],
    make: (realm) => realm.client(RESOURCE, { serviceAccountsEnabled: false }),
    differing: { keycloak: EVENTS },
    token: 'none',
  },
]

const secondPerson = async (): Promise<string> =>
  (await personToken('mail-person', { realm: plain.realm })).access_token

describe('the doctor and a Keycloak realm', () => {
  beforeAll(async () => {
    for (const realm of Object.values(REALMS)) await admin.importRealm(keycloakRealm(realm))
    await admin.importPartially(plain.realm, keycloakRealm(SECOND))
    // The stream is created as a server does it when it starts.
    const server = createResourceServer(optionsOf(revocation, { keycloak: EVENTS }))
    await server.ready()
    await server.close()
  })

  afterAll(async () => {
    for (const { realm } of Object.values(REALMS)) await admin.call('DELETE', `/${realm}`)
  })

  describe('finds nothing wrong in a realm of the recipe', () => {
    it.each([
      ['with two audiences', plain, {}, () => person(plain)],
      ['as in the tutorial', tutorial, {}, () => person(tutorial)],
      [
        'with resource indicators',
        indicators,
        {},
        () => person(indicators, { resource: RESOURCE }),
      ],
      ['with revocation', revocation, { keycloak: EVENTS }, () => person(revocation)],
      [
        'with revocation, for a program',
        revocation,
        { keycloak: EVENTS },
        async () => (await serviceToken('program', { realm: revocation.realm })).access_token,
      ],
      [
        'that got a second server',
        SECOND,
        { server: { requiredScopes: ['mail:read'] } },
        secondPerson,
      ],
    ] as const)('%s', async (_, made, differing, token) => {
      const configuration = { options: optionsOf(made, differing), token: await token() }
      expect(await codesOf({ ...configuration, tryRegistration: true })).toEqual([])
    })

    it('with lightweight tokens, which introspection completes', async () => {
      const realm = new ChangedRealm(admin, plain.realm)
      const attributes = { 'client.use.lightweight.access.token.enabled': 'true' }
      const mend = await realm.client('person', {}, attributes)
      try {
        const token = await person(plain)
        expect(await codesOf({ options: optionsOf(plain), token })).toEqual([])
      } finally {
        await mend()
      }
    })
  })

  describe('S5: finds each mistake, and nothing else', () => {
    it.each(MISTAKES.map((mistake) => [mistake.what, mistake] as const))(
      '%s',
      async (_, mistake) => {
        const { made = revocation, differing, make, after, token = person } = mistake
        const realm = new ChangedRealm(admin, made.realm ?? '')
        const mends: Mend[] = []
        try {
          if (make !== undefined) mends.push(await make(realm))
          const given = token === 'none' ? {} : { token: await token(made) }
          if (after !== undefined) mends.push(await after(realm))
          const { tryRegistration = false } = mistake
          const options = optionsOf(made, differing)
          expect(await codesOf({ options, ...given, tryRegistration })).toEqual(mistake.codes)
          if (given.token === undefined) return
          expect(await brokenRules(options, given.token)).toEqual(mistake.broken ?? [])
        } finally {
          for (const mend of mends.reverse()) await mend()
        }
      },
    )
  })

  it.each(['paused', 'disabled'] as const)('sees that the stream is %s', async (status) => {
    const set = await streamStatus()
    try {
      await set(status)
      const options = optionsOf(revocation, { keycloak: EVENTS })
      expect(await codesOf({ options })).toEqual([`STREAM_${status.toUpperCase()}`])
      // Without the option it is seen too: the client has a stream that does not work.
      expect(await codesOf({ options: optionsOf(revocation) })).toEqual([
        `STREAM_${status.toUpperCase()}`,
      ])
    } finally {
      await set('enabled')
    }
  })
})

/** Sets the status of the stream, with a token of the server's client. */
async function streamStatus(): Promise<(status: string) => Promise<void>> {
  const issuer = realmUrl(revocation.realm)
  const { access_token: token } = await serviceToken(RESOURCE, {
    realm: revocation.realm,
    client_secret: SERVER_SECRET,
    scope: 'ssf.manage ssf.read',
  })
  // biome-ignore lint/suspicious/noExplicitAny: the shape is asserted by use
  const json = async (url: string, init: RequestInit = {}): Promise<any> => {
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
    const answer = await fetch(url, { ...init, headers })
    if (!answer.ok) throw new Error(`HTTP ${answer.status} ${await answer.text()}`)
    return answer.json()
  }
  const metadata = await json(`${issuer}/.well-known/ssf-configuration`)
  const found = await json(metadata.configuration_endpoint)
  const [{ stream_id: id }] = [found].flat()
  return async (status) => {
    const body = JSON.stringify({ stream_id: id, status })
    await json(metadata.status_endpoint, { method: 'POST', body })
  }
}
