import type Provider from 'oidc-provider'
import type { Storage } from './storage.ts'

/** The records that end with a grant. */
const OF_A_GRANT = ['Grant', 'AuthorizationCode', 'RefreshToken', 'AccessToken']

/** What the types of oidc-provider leave out. */
interface LoggedOutClient {
  readonly backchannelLogoutUri?: string
  backchannelLogout(user: string, sid: string): Promise<void>
}

/**
 * Ends the sessions of a user, as an administrator does: refresh tokens end, the user must sign in again,
 * and each client with a back-channel logout URL gets a logout token (OpenID Connect Back-Channel Logout 1.0).
 */
export async function logOut(provider: Provider, storage: Storage, user: string): Promise<void> {
  for (const session of storage.all('Session')) {
    if (session.accountId !== user) continue
    await storage.adapter('Session').destroy(String(session.jti))
    for (const [id, { sid, grantId }] of Object.entries(session.authorizations ?? {})) {
      for (const model of OF_A_GRANT) await storage.adapter(model).revokeByGrantId(String(grantId))
      const client = (await provider.Client.find(id)) as LoggedOutClient | undefined
      if (client?.backchannelLogoutUri) await client.backchannelLogout(user, String(sid))
    }
  }
}
