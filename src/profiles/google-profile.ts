import type { ProfileHints, TokenProfile } from '../token/profile.ts'
import { typeRefused } from '../token/token-type.ts'

/** Members that tokeninfo has for ID tokens, and not for access tokens. */
const ID_TOKEN_MEMBERS = ['alg', 'kid', 'at_hash', 'nonce', 'iss'] as const

/**
 * The token profile of Google, for the answers of its tokeninfo endpoint. It differs from RFC 9068: access
 * tokens are opaque, and `aud` is the id of the client, because Google issues them for its own APIs. So the
 * accepted audiences must be clients of yours: see {@link google}.
 *
 * Source: https://cloud.google.com/docs/authentication/token-types
 *
 * @example
 * ```ts
 * import { createResourceServer } from 'mcp-resource-server'
 * import { googleProfile } from 'mcp-resource-server/profiles'
 *
 * const resourceServer = createResourceServer({
 *   resource: 'https://mcp.example.com/mcp',
 *   authorizationServer: {
 *     issuer: 'https://accounts.google.com',
 *     profile: googleProfile,
 *     tokenInfo: { endpoint: 'https://oauth2.googleapis.com/tokeninfo' },
 *     additionalAudiences: ['407408718192.apps.googleusercontent.com'],
 *   },
 * })
 * console.log(resourceServer.metadataUrl)
 * ```
 */
export const googleProfile: TokenProfile = Object.freeze({
  name: 'google',
  clientIdClaims: Object.freeze(['azp']),
  rolesOf: () => [],
  checkType({ claims, source }) {
    if (source === 'jwt') {
      throw typeRefused('the token is a JWT; the access tokens of Google are opaque')
    }
    const mark = ID_TOKEN_MEMBERS.find((name) => claims[name] !== undefined)
    if (mark === undefined) return
    throw typeRefused(`the answer has "${mark}", which says that this is an ID token`)
  },
  introspectionTexts: Object.freeze(['scope']),
  hints: Object.freeze({
    refused: (reason) =>
      reason === 'audience_mismatch'
        ? 'the token was issued to a client at Google that is not in `clientIds`: never accept tokens of clients of others'
        : undefined,
  } satisfies ProfileHints),
} satisfies TokenProfile)
