import { optionError } from '../../options/option-error.ts'
import type { ClientSettings } from '../options-schema.ts'
import type { ClientAuthentication } from './client-authentication.ts'
import { clientSecretBasic } from './client-secret-basic.ts'
import { clientSecretPost } from './client-secret-post.ts'

/** The built-in methods that need a secret. */
const WITH_SECRET = {
  client_secret_basic: clientSecretBasic,
  client_secret_post: clientSecretPost,
} as const

/**
 * Makes the client authentication from the option `authentication`. The option is the name of a
 * built-in method, or an object that authenticates in its own way.
 *
 * @param option the full name of the option for the secret, for messages
 * @throws {TypeError} when the method needs a secret and there is none
 * @internal
 */
export function createClientAuthentication(
  where: string,
  option: string,
  options: ClientSettings,
): ClientAuthentication {
  const { authentication, clientId, clientSecret } = options
  if (typeof authentication === 'object') return authentication
  if (clientSecret === undefined) {
    throw optionError(where, option, 'must be set, unless `authentication` is an object')
  }
  return WITH_SECRET[authentication](clientId, clientSecret)
}
