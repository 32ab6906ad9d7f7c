import type { CommonRealmOptions } from '../keycloak/index.ts'
import { GIVEN_AWAY } from '../keycloak/realm-allowances.ts'
import { CliError } from './cli-error.ts'

const kebab = (name: string): string =>
  name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)

/** The values of `--allow`, each with its effect. @internal */
export const ALLOWANCES = Object.entries(GIVEN_AWAY).map(([name, gives]) => ({
  name,
  flag: kebab(name),
  gives,
}))

/**
 * Turns the values of `--allow` into the option `allow` of `keycloakRealm`.
 *
 * @throws {CliError} if a value is not known
 * @internal
 */
export function allowancesOf(flags: readonly string[]): NonNullable<CommonRealmOptions['allow']> {
  return Object.fromEntries(
    flags.map((flag) => {
      const known = ALLOWANCES.find((one) => one.flag === flag)
      if (known !== undefined) return [known.name, true]
      const words = ALLOWANCES.map((one) => one.flag).join(', ')
      throw new CliError(`--allow must be one of ${words}; got ${JSON.stringify(flag)}`)
    }),
  )
}
