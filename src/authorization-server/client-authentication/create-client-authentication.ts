import { optionError } from '../../options/check-options.ts'
import type { IntrospectionOptions } from '../options.ts'
import { type ClientAuthentication, clientSecretAuthentication } from './client-authentication.ts'

/**
 * The way to authenticate that options name or bring.
 *
 * @param option where the secret stands
 * @throws {TypeError} when a secret is needed and not there
 * @internal
 */
export function clientAuthenticationOf(
  where: string,
  option: string,
  options: Pick<IntrospectionOptions, 'authentication' | 'clientId' | 'clientSecret'>,
): ClientAuthentication {
  const { authentication = 'client_secret_basic', clientId, clientSecret } = options
  if (typeof authentication === 'object') return authentication
  if (clientSecret === undefined) {
    throw optionError(where, option, 'must be set, unless `authentication` is an object')
  }
  return clientSecretAuthentication(authentication, clientId, clientSecret)
}
