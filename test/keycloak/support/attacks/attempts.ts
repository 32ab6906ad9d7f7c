import { keycloakRealm, type PartialKeycloakRealmOptions } from '../../../../src/keycloak/index.ts'
import type { AttackedRealm } from '../attacked-realm.ts'
import { REDIRECT_URL } from '../mcp-client.ts'
import type { Answer } from '../oauth.ts'
import { alice, atGate, outcomeOf, type Row } from '../who-gets-what.ts'

/** Tries one attack on the realm, and says in short how it ended. */
type Attempt = Row['run']
type Form = Readonly<Record<string, string>>
/** What an attacker does with the client that it has registered. */
type Use = (world: AttackedRealm, clientId: string) => Promise<string>

/** Makes the rows of one attacker. `off` is the outcome without resource indicators, if it differs. */
export const attackBy =
  (about: string, who: string) =>
  (does: string, on: string, run: Attempt, off?: string): Row => ({
    about,
    who,
    does,
    on,
    ...(off === undefined ? {} : { off }),
    run,
  })

/** A public client, as metadata for dynamic client registration. */
export const PUBLIC = {
  redirect_uris: [REDIRECT_URL],
  grant_types: ['authorization_code', 'refresh_token'],
  token_endpoint_auth_method: 'none',
  scope: 'notes:read',
} as const

/** A public client, as Keycloak's own registration endpoint takes it. */
const REPRESENTATION = {
  publicClient: true,
  standardFlowEnabled: true,
  redirectUris: [REDIRECT_URL],
} as const

export const NOT_ALLOWED = 'Keycloak: Request not allowed'
export const NO_IMPLICIT =
  'Keycloak: Client is not allowed to initiate browser login with given response_type. Implicit flow is disabled for the client.'
export const OTHER_AUDIENCE = 'gate: 401 audience_mismatch'
export const NOT_CHANGED = 'refused before anything is changed'
export const TOKEN_REQUEST = { response_type: 'token', nonce: 'n' } as const

export const keycloakSays = ({ status, body }: Answer): string =>
  `Keycloak: ${body.error_description ?? body.error ?? status}`

const succeeds: Use = async () => 'REGISTERED'

/** Registers a client, and goes on with it. If the registration is refused, says how. */
export const registering =
  (metadata: object, use = succeeds, endpoint = 'openid-connect'): Attempt =>
  async (world) => {
    const answer = await world.realm.register(metadata, { endpoint })
    if (answer.status !== 201) return keycloakSays(answer)
    return use(world, String(answer.body.client_id ?? answer.body.clientId))
  }

/** The same at Keycloak's own endpoint, which takes more than the standard metadata. */
export const registeringAtKeycloak = (client: object, use = succeeds): Attempt =>
  registering({ ...REPRESENTATION, ...client }, use, 'default')

/** Asks the token endpoint for the server's scope, without a person. */
export const asksForToken =
  (form: Form): Use =>
  async ({ realm }, clientId) =>
    keycloakSays(await realm.post('token', { client_id: clientId, scope: 'notes:read', ...form }))

/** Signs alice in, and shows the token to the gate of `notes`. */
export const signsIn = (
  { realm, notes }: AttackedRealm,
  clientId: string,
  parameters: Form = {},
): Promise<string> =>
  outcomeOf(
    realm
      .signIn(alice(), { client_id: clientId, scope: 'notes:read', ...parameters })
      .then((answer) =>
        typeof answer.body.access_token === 'string'
          ? atGate(notes, answer.body.access_token)
          : keycloakSays(answer),
      ),
  )

/** The same as the use of a registered client. */
export const signsInWith =
  (parameters: Form): Use =>
  (world, clientId) =>
    signsIn(world, clientId, parameters)

/** Adds a server to the realm. `taken` is what the new server needs and somebody has already. */
export async function adding(
  { admin, notesOptions: { realm = '' } }: AttackedRealm,
  server: Omit<PartialKeycloakRealmOptions, 'partial'>,
  taken: string,
): Promise<string> {
  try {
    await admin.importPartially(realm, keycloakRealm({ ...server, partial: true }))
    return 'ADDED'
  } catch (error) {
    const { message } = error as Error
    const at = message.indexOf(taken)
    return at >= 0 && message.includes('Nothing was changed', at) ? NOT_CHANGED : message
  }
}
