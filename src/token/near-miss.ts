import type { NearMiss } from '../errors/reasons.ts'
import { GENERIC_AUDIENCES } from './generic-audiences.ts'
import { MAX_URL_LENGTH, spellingDifference, urlDifference } from './url-difference.ts'
import type { Claims } from './verified-token.ts'

/** What is known about a token whose audience is refused. Nothing of it is verified. @internal */
export interface AudienceEvidence {
  readonly claims: Claims
  readonly profile: {
    /** The names of the claims that may hold the client id. */
    readonly clientIdClaims: { readonly introspection: readonly string[] }
    /** Further generic audiences, in lower case. */
    readonly genericAudiences: ReadonlySet<string>
  }
}

/** In order of weight, as in {@link urlDifference}. */
const OF_AUDIENCES = ['scheme', 'loopback', 'port', 'origin', 'slash', 'case', 'spelling'] as const

const OF_ISSUERS = [
  'host',
  'realm',
  'scheme',
  'loopback',
  'port',
  'slash',
  'case',
  'spelling',
] as const

/** About this many pairs of URLs are compared at most. The caller chooses how many audiences a token has. */
const MOST_COMPARED = 20

/**
 * Recognises an audience that nearly fits. It runs only after the audience was refused, and grants nothing.
 *
 * @internal
 */
export function audienceNearMiss(
  audience: readonly string[],
  accepted: ReadonlySet<string>,
  evidence: AudienceEvidence | undefined,
): NearMiss | undefined {
  // The audience was refused all the same: with `exclusiveAudience` every entry must be accepted.
  if (audience.some((entry) => accepted.has(entry))) return 'audience_several'
  const compared = audience.slice(0, Math.ceil(MOST_COMPARED / accepted.size))
  for (const entry of compared) {
    for (const expected of accepted) {
      const difference =
        urlDifference(entry, expected, OF_AUDIENCES) ?? nameDifference(entry, expected)
      if (difference !== undefined) return `audience_${difference}`
    }
  }
  const { claims = {}, profile } = evidence ?? {}
  const clientIds = profile?.clientIdClaims.introspection.map((name) => claims[name])
  if (compared.some((entry) => clientIds?.includes(entry))) return 'audience_client'
  const generic = compared
    .map((entry) => entry.toLowerCase())
    .some((name) => GENERIC_AUDIENCES.has(name) || profile?.genericAudiences.has(name))
  return generic ? 'audience_generic' : undefined
}

/**
 * Recognises an issuer that is nearly a configured one. It runs only after the issuer was refused, and
 * grants nothing. There may be hundreds of configured issuers, and anybody can send an unknown one. So the
 * one that is spelled almost alike is compared first, and then only some of the others.
 *
 * @internal
 */
export function issuerNearMiss(
  issuer: unknown,
  configured: Iterable<string>,
): NearMiss | undefined {
  if (typeof issuer !== 'string' || issuer.length > MAX_URL_LENGTH) return undefined
  const all = [...configured]
  const text = roughly(issuer)
  const closest = all.find((one) => roughly(one) === text)
  for (const expected of [closest ?? [], all.slice(0, MOST_COMPARED)].flat()) {
    const difference = urlDifference(issuer, expected, OF_ISSUERS)
    if (difference !== undefined) return `issuer_${difference}`
  }
  return undefined
}

/** An issuer without scheme and final slash, in lower case. */
function roughly(issuer: string): string {
  return issuer
    .toLowerCase()
    .replace(/^https?:/, '')
    .replace(/\/$/, '')
}

/** The difference of two names that are no URLs, such as `notes-api`. */
function nameDifference(found: string, expected: string): 'slash' | 'case' | undefined {
  if (URL.canParse(found) && /^https?:/i.test(found)) return undefined
  const difference = spellingDifference(found, expected)
  return difference === 'spelling' ? undefined : difference
}
