import { PASSWORD } from '../attacked-realm.ts'
import { REDIRECT_URL } from '../mcp-client.ts'
import { accessTokenOf } from '../oauth.ts'
import { Person } from '../person.ts'
import { alice, type Row } from '../who-gets-what.ts'
import { attackBy, keycloakSays, NOT_ALLOWED, PUBLIC, registering, signsIn } from './attempts.ts'

// Clients that the operator made, pages and thieves, in the name of a person.

const ASKED = 'she is asked for consent'
const WEAK_PASSWORD = 'Keycloak: Password policy not met'
const TOKEN_TYPE = 'urn:ietf:params:oauth:token-type:access_token'

/** Mallory has not agreed to anything yet. */
const mallory = () => new Person('mallory', PASSWORD)

/** Attempts to get more in a person's name than the person agreed to. */
export const WITHOUT_CONSENT: readonly Row[] = [
  attackBy('5', 'client of the realm with token exchange')(
    'exchanges the tokens of its users',
    NOT_ALLOWED,
    async ({ admin, realm, notesOptions }) => {
      const credentials = { client_id: 'exchanger', client_secret: 'secret-of-the-exchanger' }
      await admin.call('POST', `/${notesOptions.realm}/clients`, {
        clientId: credentials.client_id,
        secret: credentials.client_secret,
        redirectUris: [REDIRECT_URL],
        attributes: { 'standard.token.exchange.enabled': 'true' },
      })
      const request = { client_id: credentials.client_id, scope: 'openid' }
      const own = await realm.signIn(alice(), request, credentials)
      return keycloakSays(
        await realm.post('token', {
          ...credentials,
          grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
          subject_token: accessTokenOf(own),
          subject_token_type: TOKEN_TYPE,
          requested_token_type: TOKEN_TYPE,
        }),
      )
    },
  ),
  attackBy('5', 'web shop whose client has full scope')(
    'agrees in its user’s name, by the account API, to what a client of a stranger asks for',
    'she is NOT ASKED',
    registering(PUBLIC, async ({ realm, admin, notes, notesOptions }, clientId) => {
      const person = mallory()
      const shop = { client_id: 'shop', scope: 'openid' }
      const token = accessTokenOf(await realm.signIn(person, shop))
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
      const request = { client_id: clientId, scope: 'notes:read', resource: notes.url }
      await realm.signIn(person, { ...request, prompt: 'none' })
      return person.pages.length > before ? ASKED : 'she is NOT ASKED'
    }),
  ),
  attackBy('5', 'page that a signed-in user visits')(
    'sends her through a sign-in with the pre-registered client',
    ASKED,
    async ({ realm }) => {
      const person = mallory()
      await realm.signIn(person, { client_id: 'shop', scope: 'openid' })
      const before = person.pages.length
      await realm.signIn(person, { client_id: 'mcp-client', scope: 'notes:read' })
      return person.pages.slice(before).includes('consent') ? ASKED : 'SILENT'
    },
  ),
  attackBy('5', 'client that asks for `offline_access`')(
    'wants a session that outlives logout',
    'Keycloak: Offline tokens not allowed for the user or client',
    (world) =>
      signsIn(world, 'mcp-client', {
        scope: 'notes:read offline_access',
        resource: world.notes.url,
      }),
  ),
]

/** Stolen refresh tokens and weak passwords. */
export const WITH_STOLEN_CREDENTIALS: readonly Row[] = [
  attackBy('6', 'thief of a refresh token')(
    'uses it after its owner did',
    'Keycloak: Maximum allowed refresh token reuse exceeded',
    async ({ realm, notes }) => {
      const client = { client_id: 'mcp-client' }
      const first = await realm.signIn(alice(), {
        ...client,
        scope: 'notes:read',
        resource: notes.url,
      })
      const refresh_token = String(first.body.refresh_token)
      const refresh = () =>
        realm.post('token', { ...client, grant_type: 'refresh_token', refresh_token })
      accessTokenOf(await refresh())
      return keycloakSays(await refresh())
    },
  ),
  attackBy('6', 'user')(
    'has the password “a”',
    WEAK_PASSWORD,
    async ({ admin, notesOptions: { realm } }) => {
      const [user] = (await admin.call('GET', `/${realm}/users?username=mallory`)) as {
        id: string
      }[]
      const password = { type: 'password', value: 'a' }
      try {
        await admin.call('PUT', `/${realm}/users/${user?.id}/reset-password`, password)
        return 'ACCEPTED'
      } catch (error) {
        const { message } = error as Error
        return message.includes('invalidPasswordMinLengthMessage') ? WEAK_PASSWORD : message
      }
    },
  ),
]
