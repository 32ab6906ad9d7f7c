import { createHash } from 'node:crypto'
import { keycloakRealm } from '../../../src/keycloak/index.ts'
import { type AttackedRealm, PASSWORD } from './attacked-realm.ts'
import { hostileServer } from './hostile-server.ts'
import { REDIRECT_URL } from './mcp-client.ts'
import { type Answer, accessTokenOf, claimsOf } from './oauth.ts'
import { Person } from './person.ts'
import { MAJORS, visit } from './stock.ts'
import { alice, atGate, outcomeOf, type Row } from './who-gets-what.ts'

// Each attempt is what an attacker did on a realm of an earlier recipe, with what fell then.

export const keycloakSays = ({ status, body }: Answer): string =>
  `Keycloak: ${body.error_description ?? body.error ?? status}`

const PUBLIC = {
  redirect_uris: [REDIRECT_URL],
  grant_types: ['authorization_code', 'refresh_token'],
  token_endpoint_auth_method: 'none',
  scope: 'notes:read',
} as const

/** A client as Keycloak's own registration endpoint takes it. */
const REPRESENTATION = {
  publicClient: true,
  standardFlowEnabled: true,
  redirectUris: [REDIRECT_URL],
} as const

/** Registers; if that is refused, says how, else goes on. */
async function registered(
  { realm }: AttackedRealm,
  metadata: object,
  then: (clientId: string, body: Record<string, unknown>) => Promise<string>,
  endpoint = 'openid-connect',
): Promise<string> {
  const answer = await realm.register(metadata, { endpoint })
  if (answer.status !== 201) return keycloakSays(answer)
  return then(String(answer.body.client_id ?? answer.body.clientId), answer.body)
}

const refusedAtRegistration = (does: string, about: string, client: object, on: string): Row => ({
  about,
  who: 'registrant at Keycloak’s own endpoint',
  does,
  on,
  run: (world) =>
    registered(world, { ...REPRESENTATION, ...client }, async () => 'REGISTERED', 'default'),
})

/** Signs in at the realm for a token, with what is special about it. */
const signedIn = (
  { realm, notes }: AttackedRealm,
  parameters: Record<string, string>,
  token: Record<string, string> = {},
): Promise<string> =>
  outcomeOf(
    realm
      .signIn(alice(), parameters, token)
      .then((answer) =>
        typeof answer.body.access_token === 'string'
          ? atGate(notes, answer.body.access_token)
          : keycloakSays(answer),
      ),
  )

const NOT_ALLOWED = 'Keycloak: Request not allowed'
const OTHER_AUDIENCE = 'gate: 401 audience_mismatch'
const OPENS = 'OPENS the server'

const REGISTRATION: readonly Row[] = [
  {
    about: '1',
    who: 'registrant',
    does: 'registers a service account',
    on: 'Keycloak: invalid_request',
    run: (world) =>
      registered(world, { grant_types: ['client_credentials'] }, async () => 'REGISTERED'),
  },
  {
    about: '1',
    who: 'registrant',
    does: 'registers a public client with a service account, and asks for a token',
    on: 'Keycloak: Public client not allowed to retrieve service account',
    run: (world) =>
      registered(
        world,
        { ...PUBLIC, grant_types: ['authorization_code', 'client_credentials'] },
        async (clientId) =>
          keycloakSays(
            await world.realm.post('token', {
              grant_type: 'client_credentials',
              client_id: clientId,
              scope: 'notes:read',
            }),
          ),
      ),
  },
  {
    about: '1',
    who: 'holder of an initial access token',
    does: 'registers a service account with the server’s scope, and asks for a token',
    on: NOT_ALLOWED,
    run: async ({ realm, admin }) => {
      const name = realm.issuer.slice(realm.issuer.lastIndexOf('/') + 1)
      const { token } = (await admin.call('POST', `/${name}/clients-initial-access`, {
        count: 1,
        expiration: 60,
      })) as { token: string }
      const client = await realm.register(
        { grant_types: ['client_credentials'], scope: 'notes:read' },
        { token },
      )
      if (client.status !== 201) return keycloakSays(client)
      return keycloakSays(
        await realm.post('token', {
          grant_type: 'client_credentials',
          client_id: String(client.body.client_id),
          client_secret: String(client.body.client_secret),
          scope: 'notes:read',
        }),
      )
    },
  },
]

const SHOP: readonly Row[] = [
  {
    about: '2',
    who: 'web shop',
    does: 'replays its users’ tokens at the MCP server',
    on: OTHER_AUDIENCE,
    run: (world) => signedIn(world, { client_id: 'shop', scope: 'openid' }),
  },
  {
    about: '2',
    who: 'web shop',
    does: 'asks for the server’s scope',
    on: 'Keycloak: Invalid scopes: openid notes:read',
    run: (world) => signedIn(world, { client_id: 'shop', scope: 'openid notes:read' }),
  },
]

const SERVERS: readonly Row[] = [
  {
    about: '3',
    who: 'other server of the realm',
    does: 'replays the tokens that it was called with',
    on: OTHER_AUDIENCE,
    run: (world) =>
      signedIn(world, {
        client_id: 'mcp-client',
        scope: 'mail:read',
        resource: world.mail.url,
      }),
  },
  {
    about: '3',
    who: 'other server of the realm',
    does: 'replays the tokens of a client that sends no `resource`',
    on: OTHER_AUDIENCE,
    run: (world) => signedIn(world, { client_id: 'mcp-client', scope: 'mail:read' }),
  },
  {
    about: '3',
    who: 'other server of the realm',
    does: 'replays the tokens of a client that asked for both scopes, for the other server',
    on: OTHER_AUDIENCE,
    run: (world) =>
      signedIn(world, {
        client_id: 'mcp-client',
        scope: 'notes:read mail:read',
        resource: world.mail.url,
      }),
  },
  {
    about: '3',
    who: 'other server of the realm',
    does: 'is added with the scope name of the first',
    on: 'refused before anything is changed',
    run: async ({ admin, notesOptions }) => {
      const { realm = '' } = notesOptions
      const additions = keycloakRealm({
        partial: true,
        resource: 'http://127.0.0.1:9/mcp',
        scopes: ['notes:read'],
        existingClients: ['mcp-client'],
      })
      return admin.importPartially(realm, additions).then(
        () => 'ADDED',
        (error: Error) =>
          /client scope notes:read.*Nothing was changed/.test(error.message)
            ? 'refused before anything is changed'
            : error.message,
      )
    },
  },
]

/** A server elsewhere, which sends clients to our realm for our scope. */
const HOSTILE: readonly Row[] = MAJORS.flatMap((major) =>
  (['registers itself', 'is pre-registered'] as const).flatMap((how) => {
    const choices = how === 'registers itself' ? {} : { clientId: 'mcp-client' }
    const harvest = (metadata: 'protected resource' | 'authorization server' | 'mix-up') => {
      return async ({ realm, notes }: AttackedRealm): Promise<string> => {
        const hostile = await hostileServer(realm.issuer, 'notes:read', metadata, notes.url)
        try {
          const { outcome } = await visit(major, hostile.url, alice(), choices)
          const [token] = hostile.harvest
          return token === undefined
            ? `client: ${outcome.split(' in authorization')[0]}`
            : await atGate(notes, token)
        } finally {
          await hostile.close()
        }
      }
    }
    return [
      {
        about: '4',
        who: `hostile server; stock client ${major} ${how}`,
        does: 'harvests tokens with protected resource metadata that name our realm and our scope',
        on: 'client: The requested resource is invalid, missing, unknown, or malformed.',
        off: OPENS,
        run: harvest('protected resource'),
      },
      {
        about: '4',
        who: `hostile server; stock client ${major} ${how}`,
        does: 'harvests tokens with our realm’s metadata at its own origin, and none of its own',
        on: major === 'v1' ? OTHER_AUDIENCE : 'client: Issuer mismatch',
        ...(major === 'v1' ? { off: OPENS } : {}),
        run: harvest('authorization server'),
      },
      {
        about: '4',
        who: `hostile server; stock client ${major} ${how}`,
        does: 'harvests codes with metadata of its own that name our realm’s sign-in page',
        on: major === 'v1' ? OPENS : 'client: Issuer mismatch',
        run: harvest('mix-up'),
      },
    ] satisfies Row[]
  }),
)

const ELSEWHERE: readonly Row[] = [
  {
    about: '5',
    who: 'registrant at Keycloak’s own endpoint',
    does: 'takes the id of the next server’s client, with a secret of its own',
    on: 'Keycloak: invalid_request',
    run: (world) =>
      registered(
        world,
        { clientId: 'https://next.example/mcp', secret: 'guessed' },
        async () => 'REGISTERED',
        'default',
      ),
  },
  {
    about: '5',
    who: 'registrant at Keycloak’s own endpoint',
    does: 'takes the id of the next server’s client, without a secret; the server is added',
    on: 'refused before anything is changed',
    run: (world) =>
      registered(
        world,
        { ...REPRESENTATION, clientId: 'https://next.example/mcp' },
        async (clientId) => {
          const additions = keycloakRealm({
            partial: true,
            resource: clientId,
            scopes: ['next:read'],
            existingClients: ['mcp-client'],
          })
          return world.admin.importPartially(world.notesOptions.realm ?? '', additions).then(
            () => 'ADDED',
            (error: Error) =>
              /client https:\/\/next\.example\/mcp.*Nothing was changed/.test(error.message)
                ? 'refused before anything is changed'
                : error.message,
          )
        },
        'default',
      ),
  },
  {
    about: '5',
    who: 'registrant at Keycloak’s own endpoint',
    does: 'takes the id of the next server’s client for people, as it will be; the server is added',
    on: 'refused before anything is changed',
    run: (world) => {
      const redirectUris = ['http://127.0.0.1/callback']
      return registered(
        world,
        { ...REPRESENTATION, clientId: 'later-client', redirectUris },
        async (clientId) => {
          const additions = keycloakRealm({
            partial: true,
            resource: 'https://later.example/mcp',
            scopes: ['later:read'],
            clients: [{ clientId, redirectUris }],
          })
          return world.admin.importPartially(world.notesOptions.realm ?? '', additions).then(
            () => 'ADDED',
            (error: Error) =>
              /client later-client.*Nothing was changed/.test(error.message)
                ? 'refused before anything is changed'
                : error.message,
          )
        },
        'default',
      )
    },
  },
  refusedAtRegistration(
    'wants token exchange',
    '5',
    {
      publicClient: false,
      attributes: { 'standard.token.exchange.enabled': 'true' },
    },
    'Keycloak: invalid_request',
  ),
  refusedAtRegistration(
    'wants every web origin',
    '5',
    { webOrigins: ['*'] },
    'Keycloak: invalid_client_metadata',
  ),
  refusedAtRegistration(
    'has Keycloak fetch keys from elsewhere',
    '5',
    { attributes: { 'use.jwks.url': 'true', 'jwks.url': 'http://169.254.169.254/keys' } },
    'Keycloak: invalid_client_metadata',
  ),
  {
    about: '5',
    who: 'registrant',
    does: 'has Keycloak fetch keys from elsewhere',
    on: 'Keycloak: invalid_client_metadata',
    run: (world) =>
      registered(
        world,
        { ...PUBLIC, jwks_uri: 'http://169.254.169.254/keys' },
        async () => 'REGISTERED',
      ),
  },
  {
    about: '5',
    who: 'registrant',
    does: 'shows users a picture from elsewhere',
    on: 'Keycloak: invalid_client_metadata',
    run: (world) =>
      registered(
        world,
        { ...PUBLIC, logo_uri: 'https://attacker.example/logo.png' },
        async () => 'REGISTERED',
      ),
  },
  {
    about: '5',
    who: 'registrant at Keycloak’s own endpoint',
    does: 'gives itself tokens for ten hours',
    on: 'gate: 401 token_lifetime_exceeded',
    run: (world) =>
      registered(
        world,
        {
          ...REPRESENTATION,
          optionalClientScopes: ['notes:read'],
          attributes: { 'access.token.lifespan': '36000' },
        },
        (clientId) =>
          signedIn(world, {
            client_id: clientId,
            scope: 'notes:read',
            resource: world.notes.url,
          }),
        'default',
      ),
  },
  {
    about: '5',
    who: 'registrant at Keycloak’s own endpoint',
    does: 'gives every user a role',
    on: 'tokens of known clients do not carry it',
    run: (world) =>
      registered(
        world,
        { ...REPRESENTATION, defaultRoles: ['planted'] },
        async () => {
          const answer = await world.realm.signIn(alice(), {
            client_id: 'mcp-client',
            scope: 'notes:read',
            resource: world.notes.url,
          })
          const claims = JSON.stringify(claimsOf(answer))
          return claims.includes('planted') ? 'CARRIED' : 'tokens of known clients do not carry it'
        },
        'default',
      ),
  },
  {
    about: '5',
    who: 'registrant at Keycloak’s own endpoint',
    does: 'has the server’s URL stand for its own client, which is an audience of the web shop’s tokens',
    on: 'gate: 403 scope_missing',
    off: OTHER_AUDIENCE,
    run: (world) =>
      registered(
        world,
        {
          ...REPRESENTATION,
          defaultRoles: ['audience'],
          attributes: { resource_url: world.notes.url },
        },
        () => signedIn(world, { client_id: 'shop', scope: 'openid', resource: world.notes.url }),
        'default',
      ),
  },
  {
    about: '5',
    who: 'registrant at Keycloak’s own endpoint',
    does: 'wants the implicit grant',
    on: 'Keycloak: Client is not allowed to initiate browser login with given response_type. Implicit flow is disabled for the client.',
    run: (world) =>
      registered(
        world,
        { ...REPRESENTATION, implicitFlowEnabled: true, optionalClientScopes: ['notes:read'] },
        (clientId) =>
          signedIn(world, {
            client_id: clientId,
            scope: 'notes:read',
            response_type: 'token',
            nonce: 'n',
          }),
        'default',
      ),
  },
  {
    about: '5',
    who: 'registrant',
    does: 'has a user confirm its device code',
    on: NOT_ALLOWED,
    run: (world) =>
      registered(
        world,
        {
          ...PUBLIC,
          grant_types: [
            'authorization_code',
            'refresh_token',
            'urn:ietf:params:oauth:grant-type:device_code',
          ],
        },
        async (clientId) => {
          const verifier = 'v'.repeat(43)
          const started = await world.realm.post('auth/device', {
            client_id: clientId,
            scope: 'notes:read',
            code_challenge: createHash('sha256').update(verifier).digest('base64url'),
            code_challenge_method: 'S256',
          })
          const { body } = started
          if (typeof body.verification_uri_complete !== 'string') return keycloakSays(started)
          await alice()
            .openUntil('nowhere', new URL(body.verification_uri_complete))
            .catch(() => {})
          return keycloakSays(
            await world.realm.post('token', {
              grant_type: 'urn:ietf:params:oauth:grant-type:device_code',
              client_id: clientId,
              device_code: String(body.device_code),
              code_verifier: verifier,
            }),
          )
        },
      ),
  },
  {
    about: '5',
    who: 'client of the realm with token exchange',
    does: 'exchanges the tokens of its users',
    on: NOT_ALLOWED,
    run: async ({ admin, realm, notesOptions }) => {
      const credentials = { client_id: 'exchanger', client_secret: 'secret-of-the-exchanger' }
      await admin.call('POST', `/${notesOptions.realm}/clients`, {
        clientId: credentials.client_id,
        secret: credentials.client_secret,
        redirectUris: [REDIRECT_URL],
        attributes: { 'standard.token.exchange.enabled': 'true' },
      })
      const own = await realm.signIn(
        alice(),
        { client_id: credentials.client_id, scope: 'openid' },
        credentials,
      )
      return keycloakSays(
        await realm.post('token', {
          ...credentials,
          grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
          subject_token: accessTokenOf(own),
          subject_token_type: 'urn:ietf:params:oauth:token-type:access_token',
          requested_token_type: 'urn:ietf:params:oauth:token-type:access_token',
        }),
      )
    },
  },
  {
    about: '5',
    who: 'web shop whose client has full scope',
    does: 'agrees in its user’s name, by the account API, to what a client of a stranger asks for',
    on: 'she is NOT ASKED',
    run: (world) =>
      registered(world, PUBLIC, async (clientId) => {
        const { realm, admin, notes, notesOptions } = world
        const person = new Person('mallory', PASSWORD)
        const token = accessTokenOf(
          await realm.signIn(person, { client_id: 'shop', scope: 'openid' }),
        )
        const scopes = (await admin.call('GET', `/${notesOptions.realm}/client-scopes`)) as {
          id: string
          name: string
        }[]
        const agreed = await fetch(`${realm.issuer}/account/applications/${clientId}/consent`, {
          method: 'PUT',
          headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
          body: JSON.stringify({ grantedScopes: scopes.map(({ id, name }) => ({ id, name })) }),
        })
        if (agreed.status !== 200) return `account API: ${agreed.status}`
        const before = person.pages.length
        await realm.signIn(person, {
          client_id: clientId,
          scope: 'notes:read',
          resource: notes.url,
          prompt: 'none',
        })
        return person.pages.length > before ? 'she is asked for consent' : 'she is NOT ASKED'
      }),
  },
  {
    about: '5',
    who: 'page that a signed-in user visits',
    does: 'sends her through a sign-in with the pre-registered client',
    on: 'she is asked for consent',
    run: async ({ realm }) => {
      // Mallory, who has not agreed to anything yet.
      const person = new Person('mallory', PASSWORD)
      await realm.signIn(person, { client_id: 'shop', scope: 'openid' })
      const before = person.pages.length
      await realm.signIn(person, { client_id: 'mcp-client', scope: 'notes:read' })
      return person.pages.slice(before).includes('consent') ? 'she is asked for consent' : 'SILENT'
    },
  },
  {
    about: '5',
    who: 'client that asks for `offline_access`',
    does: 'wants a session that outlives logout',
    on: 'Keycloak: Offline tokens not allowed for the user or client',
    run: (world) =>
      signedIn(world, {
        client_id: 'mcp-client',
        scope: 'notes:read offline_access',
        resource: world.notes.url,
      }),
  },
]

const REQUESTS: readonly Row[] = [
  {
    about: '6',
    who: 'registered client',
    does: 'signs in without PKCE',
    on: 'Keycloak: Missing parameter: code_challenge_method',
    run: (world) =>
      registered(world, PUBLIC, (clientId) =>
        signedIn(world, {
          client_id: clientId,
          scope: 'notes:read',
          code_challenge: '',
          code_challenge_method: '',
        }),
      ),
  },
  {
    about: '6',
    who: 'registered client',
    does: 'signs in with the PKCE method `plain`',
    on: 'Keycloak: Invalid parameter: code challenge method is not matching the configured one',
    run: (world) =>
      registered(world, PUBLIC, (clientId) =>
        signedIn(world, {
          client_id: clientId,
          scope: 'notes:read',
          code_challenge_method: 'plain',
        }),
      ),
  },
  {
    about: '6',
    who: 'registered client',
    does: 'signs in with the implicit grant',
    on: 'Keycloak: Client is not allowed to initiate browser login with given response_type. Implicit flow is disabled for the client.',
    run: (world) =>
      registered(
        world,
        { ...PUBLIC, grant_types: ['implicit'], response_types: ['token'] },
        (clientId) =>
          signedIn(world, {
            client_id: clientId,
            scope: 'notes:read',
            response_type: 'token',
            nonce: 'n',
          }),
      ),
  },
  {
    about: '6',
    who: 'registered client',
    does: 'registers for the password grant',
    on: 'Keycloak: Client not allowed for direct access grants',
    run: (world) =>
      registered(world, { ...PUBLIC, grant_types: ['password'] }, async (clientId) =>
        keycloakSays(
          await world.realm.post('token', {
            grant_type: 'password',
            client_id: clientId,
            username: 'alice',
            password: 'correct horse battery',
            scope: 'notes:read',
          }),
        ),
      ),
  },
  {
    about: '6',
    who: 'thief of a refresh token',
    does: 'uses it after its owner did',
    on: 'Keycloak: Maximum allowed refresh token reuse exceeded',
    run: async ({ realm, notes }) => {
      const first = await realm.signIn(alice(), {
        client_id: 'mcp-client',
        scope: 'notes:read',
        resource: notes.url,
      })
      const refresh = () =>
        realm.post('token', {
          grant_type: 'refresh_token',
          client_id: 'mcp-client',
          refresh_token: String(first.body.refresh_token),
        })
      accessTokenOf(await refresh())
      return keycloakSays(await refresh())
    },
  },
  {
    about: '6',
    who: 'user',
    does: 'has the password “a”',
    on: 'Keycloak: Password policy not met',
    run: async ({ admin, notesOptions: { realm } }) => {
      const [user] = (await admin.call('GET', `/${realm}/users?username=mallory`)) as {
        id: string
      }[]
      return admin
        .call('PUT', `/${realm}/users/${user?.id}/reset-password`, { type: 'password', value: 'a' })
        .then(
          () => 'ACCEPTED',
          (error: Error) =>
            error.message.includes('invalidPasswordMinLengthMessage')
              ? 'Keycloak: Password policy not met'
              : error.message,
        )
    },
  },
]

export const ATTACKS: readonly Row[] = [
  ...REGISTRATION,
  ...SHOP,
  ...SERVERS,
  ...HOSTILE,
  ...ELSEWHERE,
  ...REQUESTS,
]
