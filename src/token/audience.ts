import { ChallengeError } from '../errors/challenge-error.ts'
import { quoted } from '../quoted.ts'
import { type AudienceEvidence, audienceNearMiss } from './near-miss.ts'
import { nearMissText } from './near-miss-texts.ts'
import { readScopes } from './scope.ts'
import type { SettledProfile } from './settled-profile.ts'
import type { Claims } from './verified-token.ts'

/**
 * The value to check as `aud`. For a token without `aud`, it is what the profile's `audienceSubstitutes`
 * find. `undefined` if the token has neither.
 *
 * @throws {ChallengeError} `claim_malformed`
 * @internal
 */
export function audienceOf(
  claims: Claims,
  source: 'jwt' | 'introspection',
  profile: Pick<SettledProfile, 'audienceSubstitutes' | 'scopeClaims' | 'clientIdClaims'>,
): unknown {
  if (claims.aud !== undefined) return claims.aud
  const found = profile.audienceSubstitutes.flatMap((substitute): readonly unknown[] => {
    if (substitute === 'client-id') {
      return profile.clientIdClaims[source].flatMap((name) => claims[name] ?? []).slice(0, 1)
    }
    const scopes = readScopes(claims, profile.scopeClaims[source]) ?? []
    return scopes.map((scope) => scope.slice(0, Math.max(0, scope.lastIndexOf('/'))))
  })
  const audience = found.filter((entry) => entry !== '')
  return audience.length === 0 ? undefined : [...new Set(audience)]
}

/**
 * Checks that at least one entry of `aud` is an accepted audience. Audiences are compared as exact
 * strings (RFC 9068 §4, RFC 8707 §2, MCP-14).
 *
 * @param sole whether every entry must be an accepted audience
 * @param evidence explains a refusal to the operator
 * @throws {ChallengeError} `audience_missing`, `audience_mismatch`, `claim_malformed`
 * @internal
 */
export function checkAudience(
  aud: unknown,
  accepted: ReadonlySet<string>,
  sole: boolean,
  evidence?: AudienceEvidence,
): readonly string[] {
  if (aud === undefined) {
    throw new ChallengeError('audience_missing', `no "aud"; expected ${quotedList(accepted)}`)
  }
  const audience = readAudience(aud)
  if (audience.length === 0) {
    throw new ChallengeError('audience_missing', `"aud" is empty; expected ${quotedList(accepted)}`)
  }
  const fits = sole
    ? audience.every((entry) => accepted.has(entry))
    : audience.some((entry) => accepted.has(entry))
  if (!fits) {
    const nearMiss = audienceNearMiss(audience, accepted, evidence)
    const expected = `${sole ? 'nothing but ' : ''}${quotedList(accepted)}`
    const detail = `"aud" is ${quoted(aud)}; expected ${expected}${nearMissText(nearMiss)}`
    throw new ChallengeError('audience_mismatch', detail, undefined, nearMiss)
  }
  return audience
}

/**
 * Reads `aud` as a list. A single string becomes a list with one entry.
 *
 * @throws {ChallengeError} `claim_malformed`
 * @internal
 */
export function readAudience(aud: unknown): readonly string[] {
  const audience = typeof aud === 'string' ? [aud] : aud
  if (!Array.isArray(audience) || !audience.every((entry) => typeof entry === 'string')) {
    throw new ChallengeError('claim_malformed', '"aud" is neither a string nor a list of strings')
  }
  return audience
}

function quotedList(accepted: ReadonlySet<string>): string {
  return [...accepted].map(quoted).join(' or ')
}
