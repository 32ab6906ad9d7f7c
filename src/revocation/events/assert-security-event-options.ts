import { optionPath } from '../../authorization-server/configured-issuer.ts'
import { assertUrl } from '../../options/check-url.ts'
import { optionError } from '../../options/option-error.ts'
import type { SecurityEventSettings } from '../options-schema.ts'

/** Options that only one way of delivery has. */
const ONLY = { push: ['path', 'authorization'], poll: ['pollEndpoint'] } as const

/**
 * Checks that the options for security events fit together.
 *
 * @param path the full name of the authorization server's options
 * @throws {TypeError} naming the option that is wrong
 * @internal
 */
export function assertSecurityEventOptions(
  where: string,
  path: string,
  settings: SecurityEventSettings,
  allowInsecureHttp: boolean,
): void {
  const { delivery, client, audience, authorization } = settings
  const nameOf = (option: string) => optionPath(path, `securityEvents.${option}`)
  const other = delivery === 'push' ? 'poll' : 'push'
  for (const option of ONLY[other]) {
    if (settings[option] === undefined) continue
    throw optionError(where, nameOf(option), `is only for delivery "${other}"`, settings[option])
  }
  if (delivery === 'push' && authorization === undefined) {
    const wants = 'must be set: the value of Authorization that the authorization server sends'
    throw optionError(where, nameOf('authorization'), wants)
  }
  if (client === undefined) {
    if (delivery === 'poll') {
      throw optionError(where, nameOf('client'), 'must be set for delivery "poll"')
    }
    if (audience === undefined) {
      const wants = 'must be set: the `aud` of the security events. Only with `client` is it known'
      throw optionError(where, nameOf('audience'), wants)
    }
    for (const option of ['configurationUrl', 'scopes'] as const) {
      if (settings[option] === undefined) continue
      const wants = 'is only for a stream that this server manages: set `client`, too'
      throw optionError(where, nameOf(option), wants, settings[option])
    }
  }
  for (const option of ['configurationUrl', 'pollEndpoint'] as const) {
    const url = settings[option]
    if (url !== undefined) assertUrl(where, nameOf(option), url, allowInsecureHttp)
  }
}
