import { optionError } from '../options/option-error.ts'
import { quoted } from '../quoted.ts'
import type { PushedMessage, RevocationPush } from '../revocation/push-options.ts'
import type { Claims } from '../token/verified-token.ts'

/** Options for the admin actions of a Keycloak realm. */
export interface AdminActionOptions {
  /** The client ids whose actions are accepted: the clients with this server's Admin URL. */
  readonly clientIds: string | readonly string[]
  /**
   * The path of the Admin URL. Keycloak appends `/k_push_not_before`, `/k_logout` and `/k_test_available`.
   *
   * @defaultValue the path of `resource`, and `/keycloak`
   */
  readonly path?: string
}

type Revocations = PushedMessage['revocations']

/** The actions, by the last segment of the path that Keycloak posts them to. */
const ACTIONS: Readonly<
  Record<string, { readonly action: string; readonly read: (claims: Claims) => Revocations }>
> = {
  k_push_not_before: { action: 'PUSH_NOT_BEFORE', read: issuedBefore },
  k_logout: { action: 'LOGOUT', read: loggedOut },
  // The administrator tests whether the server can be reached.
  k_test_available: { action: 'TEST_AVAILABILITY', read: () => [] },
}

/**
 * The claims that every token of Keycloak has, and no action. An action has the same keys and the same `typ`
 * as a token, and whoever registers a client may choose other claims of its tokens.
 */
const TOKEN_CLAIMS = ['iss', 'exp', 'iat', 'typ'] as const

/**
 * Makes the receivers of the admin actions that Keycloak posts to the Admin URL of a client: the not-before
 * time of the realm or of the client, and the logout of sessions or of everybody.
 *
 * An action names no issuer, and does not say whether a not-before time is the realm's or the client's. So
 * it revokes every token of the realm that was issued until then.
 *
 * @internal
 */
export function adminActionPushes({
  clientIds,
  path = 'keycloak',
}: AdminActionOptions): readonly RevocationPush[] {
  const accepted: readonly unknown[] = [clientIds].flat()
  if (accepted.length === 0 || !accepted.every((id) => typeof id === 'string' && id !== '')) {
    const wants = 'must be a client id or a list of client ids'
    throw optionError('keycloak', 'adminActions.clientIds', wants, clientIds)
  }
  if (typeof path !== 'string' || path === '') {
    throw optionError('keycloak', 'adminActions.path', 'must be a path, such as /keycloak', path)
  }
  const base = path.replace(/\/$/, '')
  return Object.entries(ACTIONS).map(([name, { action, read }]) => ({
    path: `${base}/${name}`,
    read(claims) {
      if (claims.action !== action) {
        throw new Error(`"action" is ${quoted(claims.action)}; expected ${quoted(action)}`)
      }
      const ofToken = TOKEN_CLAIMS.find((claim) => claim in claims)
      if (ofToken !== undefined) throw new Error(`it has "${ofToken}", so it is a token`)
      const { resource, id, expiration } = claims
      if (typeof resource !== 'string' || !accepted.includes(resource)) {
        const expected = accepted.map(quoted).join(' or ')
        throw new Error(`"resource" is ${quoted(resource)}; expected ${expected}`)
      }
      if (typeof id !== 'string') throw new Error(`"id" is ${quoted(id)}; expected a text`)
      if (typeof expiration !== 'number') {
        throw new Error(`"expiration" is ${quoted(expiration)}; expected a time in seconds`)
      }
      return { id, expiresAt: expiration, revocations: read(claims) }
    },
  }))
}

/** The tokens that were issued until `notBefore`; 0 means that there is no such time. */
function issuedBefore({ notBefore }: Claims): Revocations {
  if (!Number.isSafeInteger(notBefore) || Number(notBefore) < 0) {
    throw new Error(`"notBefore" is ${quoted(notBefore)}; expected a time in whole seconds`)
  }
  if (notBefore === 0) return []
  // A date cannot be later than this one. Such a time counts as now anyway.
  const milliseconds = Math.min(Number(notBefore) * 1000, 8.64e15)
  return [{ everything: true, issuedBefore: new Date(milliseconds) }]
}

/** The tokens of sessions. Without sessions, everybody was logged out. */
function loggedOut(claims: Claims): Revocations {
  const { keycloakSessionIds: sessions, adapterSessionIds } = claims
  if (sessions === undefined || sessions === null) {
    if (adapterSessionIds === undefined || adapterSessionIds === null) return issuedBefore(claims)
    throw new Error('it names sessions by "adapterSessionIds" alone, which tokens do not have')
  }
  if (!Array.isArray(sessions) || !sessions.every((session) => typeof session === 'string')) {
    throw new Error('"keycloakSessionIds" is not a list of texts')
  }
  return sessions.map((session: string) => ({ session }))
}
