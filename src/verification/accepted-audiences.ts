import { optionError } from '../options/check-options.ts'
import { GENERIC_AUDIENCES } from '../token/audience.ts'

/** Audiences, and the option that names them. @internal */
export interface NamedAudiences {
  readonly option: string
  readonly values: readonly string[]
}

/**
 * The audiences that are accepted, once it is sure that none of them is everybody's (S1.12).
 *
 * @throws {TypeError} naming the option
 * @internal
 */
export function acceptedAudiences(
  where: string,
  named: readonly NamedAudiences[],
  issuer: string,
): ReadonlySet<string> {
  const accepted = new Set<string>()
  for (const { option, values } of named) {
    for (const audience of values) {
      if (GENERIC_AUDIENCES.has(audience.toLowerCase())) {
        throw optionError(
          where,
          option,
          'must name this server: tokens for many others have this audience too',
          audience,
        )
      }
      if (audience.replace(/\/$/, '') === issuer.replace(/\/$/, '')) {
        throw optionError(where, option, 'must name this server, not the issuer', audience)
      }
      accepted.add(audience)
    }
  }
  return accepted
}
