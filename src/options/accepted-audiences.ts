import { GENERIC_AUDIENCES } from '../token/audience.ts'
import { optionError } from './check-options.ts'

/**
 * The audiences that are accepted, once it is sure that none of them is everybody's (S1.12).
 *
 * @throws {TypeError} naming the option
 * @internal
 */
export function acceptedAudiences(
  where: string,
  option: string,
  audiences: readonly string[],
  issuer: string,
): ReadonlySet<string> {
  for (const audience of audiences) {
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
  }
  return new Set(audiences)
}
