import { createHash } from 'node:crypto'
import { PASSWORD } from '../attacked-realm.ts'
import { claimsOf } from '../oauth.ts'
import { alice, type Row } from '../who-gets-what.ts'
import {
  adding,
  asksForToken,
  attackBy,
  keycloakSays,
  NO_IMPLICIT,
  NOT_ALLOWED,
  NOT_CHANGED,
  OTHER_AUDIENCE,
  PUBLIC,
  registering,
  registeringAtKeycloak,
  signsIn,
  signsInWith,
  TOKEN_REQUEST,
} from './attempts.ts'

// Everybody may register clients in this realm. These are attempts to get more than a client may have.

const SERVICE = { grant_type: 'client_credentials' } as const
const DEVICE_CODE = 'urn:ietf:params:oauth:grant-type:device_code'
const REFUSED_METADATA = 'Keycloak: invalid_client_metadata'
const NOT_CARRIED = 'tokens of known clients do not carry it'

const registrant = attackBy('1', 'registrant')

/** Registrants that want a service account. */
export const FOR_SERVICE_ACCOUNTS: readonly Row[] = [
  registrant(
    'registers a service account',
    'Keycloak: invalid_request',
    registering({ grant_types: ['client_credentials'] }),
  ),
  registrant(
    'registers a public client with a service account, and asks for a token',
    'Keycloak: Public client not allowed to retrieve service account',
    registering(
      { ...PUBLIC, grant_types: ['authorization_code', 'client_credentials'] },
      asksForToken(SERVICE),
    ),
  ),
  attackBy('1', 'holder of an initial access token')(
    'registers a service account with the server’s scope, and asks for a token',
    NOT_ALLOWED,
    async (world) => {
      const { realm, admin } = world
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
      const secret = { client_secret: String(client.body.client_secret) }
      return asksForToken({ ...SERVICE, ...secret })(world, String(client.body.client_id))
    },
  ),
]

const freely = attackBy('5', 'registrant')
const atKeycloak = attackBy('5', 'registrant at Keycloak’s own endpoint')

/** Registrants that want what no client of strangers may have. */
export const FOR_MORE: readonly Row[] = [
  atKeycloak(
    'takes the id of the next server’s client, with a secret of its own',
    'Keycloak: invalid_request',
    registering({ clientId: 'https://next.example/mcp', secret: 'guessed' }, undefined, 'default'),
  ),
  atKeycloak(
    'takes the id of the next server’s client, without a secret; the server is added',
    NOT_CHANGED,
    registeringAtKeycloak({ clientId: 'https://next.example/mcp' }, (world, resource) =>
      adding(
        world,
        { resource, scopes: ['next:read'], existingClients: ['mcp-client'] },
        'client https://next.example/mcp',
      ),
    ),
  ),
  atKeycloak(
    'takes the id of the next server’s client for people, as it will be; the server is added',
    NOT_CHANGED,
    (world) => {
      const client = { clientId: 'later-client', redirectUris: ['http://127.0.0.1/callback'] }
      const server = { resource: 'https://later.example/mcp', scopes: ['later:read'] }
      return registeringAtKeycloak(client, () =>
        adding(world, { ...server, clients: [client] }, 'client later-client'),
      )(world)
    },
  ),
  atKeycloak(
    'wants token exchange',
    'Keycloak: invalid_request',
    registeringAtKeycloak({
      publicClient: false,
      attributes: { 'standard.token.exchange.enabled': 'true' },
    }),
  ),
  atKeycloak(
    'wants every web origin',
    REFUSED_METADATA,
    registeringAtKeycloak({ webOrigins: ['*'] }),
  ),
  atKeycloak(
    'has Keycloak fetch keys from elsewhere',
    REFUSED_METADATA,
    registeringAtKeycloak({
      attributes: { 'use.jwks.url': 'true', 'jwks.url': 'http://169.254.169.254/keys' },
    }),
  ),
  freely(
    'has Keycloak fetch keys from elsewhere',
    REFUSED_METADATA,
    registering({ ...PUBLIC, jwks_uri: 'http://169.254.169.254/keys' }),
  ),
  freely(
    'shows users a picture from elsewhere',
    REFUSED_METADATA,
    registering({ ...PUBLIC, logo_uri: 'https://attacker.example/logo.png' }),
  ),
  atKeycloak(
    'gives itself tokens for ten hours',
    'gate: 401 token_lifetime_exceeded',
    registeringAtKeycloak(
      {
        optionalClientScopes: ['notes:read'],
        attributes: { 'access.token.lifespan': '36000' },
      },
      (world, clientId) => signsIn(world, clientId, { resource: world.notes.url }),
    ),
  ),
  atKeycloak(
    'gives every user a role',
    NOT_CARRIED,
    registeringAtKeycloak({ defaultRoles: ['planted'] }, async ({ realm, notes }) => {
      const known = { client_id: 'mcp-client', scope: 'notes:read', resource: notes.url }
      const claims = JSON.stringify(claimsOf(await realm.signIn(alice(), known)))
      return claims.includes('planted') ? 'CARRIED' : NOT_CARRIED
    }),
  ),
  atKeycloak(
    'has the server’s URL stand for its own client, which is an audience of the web shop’s tokens',
    'gate: 403 scope_missing',
    (world) => {
      const { url } = world.notes
      return registeringAtKeycloak(
        { defaultRoles: ['audience'], attributes: { resource_url: url } },
        () => signsIn(world, 'shop', { scope: 'openid', resource: url }),
      )(world)
    },
    OTHER_AUDIENCE,
  ),
  atKeycloak(
    'wants the implicit grant',
    NO_IMPLICIT,
    registeringAtKeycloak(
      { implicitFlowEnabled: true, optionalClientScopes: ['notes:read'] },
      signsInWith(TOKEN_REQUEST),
    ),
  ),
  freely(
    'has a user confirm its device code',
    NOT_ALLOWED,
    registering(
      { ...PUBLIC, grant_types: [...PUBLIC.grant_types, DEVICE_CODE] },
      async ({ realm }, clientId) => {
        const verifier = 'v'.repeat(43)
        const started = await realm.post('auth/device', {
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
          await realm.post('token', {
            grant_type: DEVICE_CODE,
            client_id: clientId,
            device_code: String(body.device_code),
            code_verifier: verifier,
          }),
        )
      },
    ),
  ),
]

const registered = attackBy('6', 'registered client')

/** Clients that registered as they may, and then send requests that they may not send. */
export const BY_REGISTERED_CLIENTS: readonly Row[] = [
  registered(
    'signs in without PKCE',
    'Keycloak: Missing parameter: code_challenge_method',
    registering(PUBLIC, signsInWith({ code_challenge: '', code_challenge_method: '' })),
  ),
  registered(
    'signs in with the PKCE method `plain`',
    'Keycloak: Invalid parameter: code challenge method is not matching the configured one',
    registering(PUBLIC, signsInWith({ code_challenge_method: 'plain' })),
  ),
  registered(
    'signs in with the implicit grant',
    NO_IMPLICIT,
    registering(
      { ...PUBLIC, grant_types: ['implicit'], response_types: ['token'] },
      signsInWith(TOKEN_REQUEST),
    ),
  ),
  registered(
    'registers for the password grant',
    'Keycloak: Client not allowed for direct access grants',
    registering(
      { ...PUBLIC, grant_types: ['password'] },
      asksForToken({ grant_type: 'password', username: 'alice', password: PASSWORD }),
    ),
  ),
]
