import { optionError } from '../options/option-error.ts'
import { GENERIC_AUDIENCES } from '../token/generic-audiences.ts'

/** Audiences, with the name of the option that sets them. @internal */
export interface NamedAudiences {
  readonly option: string
  readonly values: readonly string[]
}

/**
 * Collects the accepted audiences. It refuses a generic audience, because tokens for other servers have
 * it too (S1.12).
 *
 * @param generic further generic audiences, in lower case
 * @throws {TypeError} naming the option
 * @internal
 */
export function acceptedAudiences(
  where: string,
  named: readonly NamedAudiences[],
  issuer: string,
  generic: ReadonlySet<string>,
): ReadonlySet<string> {
  const accepted = new Set<string>()
  for (const { option, values } of named) {
    for (const audience of values) {
      const name = audience.toLowerCase()
      if (GENERIC_AUDIENCES.has(name) || generic.has(name)) {
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
