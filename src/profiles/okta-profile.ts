import type { ProfileHints, TokenProfile } from '../token/profile.ts'
import { typeRefused } from '../token/token-type.ts'
import { audiencesIn, checkHeaderType, checkNoIdToken, namesIn } from './access-token.ts'

const ORG_TOKEN =
  "the token is of Okta's org authorization server, and only Okta can verify its access tokens: the client must use the custom authorization server"

/**
 * The token profile of Okta's custom authorization servers. It differs from RFC 9068: the header has no
 * `typ`, scopes are the list `scp`, and the client id is in `cid`. Roles are the claim `groups`, which the
 * authorization server must add to access tokens. Access tokens of the org authorization server are refused:
 * only Okta can verify them.
 *
 * Sources: https://developer.okta.com/docs/reference/api/oidc/ and
 * https://support.okta.com/help/s/article/Signature-Validation-Failed-on-Access-Token
 *
 * @example
 * ```ts
 * import { oktaProfile } from 'mcp-resource-server/profiles'
 * import { createJwtVerifier } from 'mcp-resource-server/verifiers'
 *
 * const verifier = createJwtVerifier({
 *   issuer: 'https://acme.okta.com/oauth2/aus9o8wzkhckw9TLa0h7z',
 *   audience: 'https://mcp.example.com/mcp',
 *   profile: oktaProfile,
 * })
 * console.log(typeof verifier.verify)
 * ```
 */
export const oktaProfile: TokenProfile = Object.freeze({
  name: 'okta',
  requiredClaims: Object.freeze(['sub', 'iat', 'jti']),
  scopeClaims: Object.freeze(['scp']),
  clientIdClaims: Object.freeze(['cid']),
  rolesOf: (claims) => namesIn(claims, 'groups'),
  checkType({ claims, headerType, source }) {
    if (source !== 'jwt') return
    if (headerType?.toLowerCase().endsWith('okta-internal-at+jwt')) throw typeRefused(ORG_TOKEN)
    checkHeaderType('Okta', headerType, [undefined, 'jwt', 'at+jwt'])
    checkNoIdToken('Okta', claims, ['cid'])
  },
  // The audience of the server `default`, until somebody changes it. All APIs behind it share it.
  genericAudiences: Object.freeze(['api://default']),
  hints: Object.freeze({
    refused(reason, claims) {
      const { iss } = claims ?? {}
      if (reason === 'issuer_unknown' && typeof iss === 'string' && /^https:\/\/[^/]+$/.test(iss)) {
        return ORG_TOKEN
      }
      if (reason !== 'audience_mismatch') return undefined
      return audiencesIn(claims).includes('api://default')
        ? "in Okta: set the audience of the authorization server to this server's URL, in place of api://default"
        : "in Okta: the audience of every token is that of the authorization server: set it to this server's URL"
    },
    unknownIssuer: () =>
      "the issuer is https://, the organization's domain, /oauth2/ and the id of the custom authorization server",
  } satisfies ProfileHints),
} satisfies TokenProfile)
