import { optionError } from '../../options/option-error.ts'
import type { Clock } from '../../storage/clock.ts'
import type { HttpClient } from '../http/http-client.ts'
import type { ClientSettings } from '../options-schema.ts'
import { CREDENTIAL_OF, createMethodCredential } from './built-in-method.ts'
import type { ClientAuthenticationMethod } from './client-authentication.ts'
import { OAuthClient } from './oauth-client.ts'

/** @internal */
export interface OAuthClientOptions {
  /** The public function that was called, for messages. */
  readonly where: string
  /** Makes the full name of an option. */
  readonly optionAt: (option: string) => string
  readonly issuer: string
  readonly clock: Clock
  readonly http: Pick<HttpClient, 'replacedBy'>
}

/** The methods that each credential allows if the option `authentication` is not set. The strongest comes first. */
const BY_CREDENTIAL = {
  clientCertificate: ['tls_client_auth', 'self_signed_tls_client_auth'],
  clientKey: ['private_key_jwt'],
  // Not client_secret_jwt: a server that offers it refuses it for clients registered with another method.
  clientSecret: ['client_secret_basic', 'client_secret_post'],
} as const

/**
 * Makes this server's client from the options. The option `authentication` is the name of a built-in
 * method, a list of names, or an object that authenticates in its own way.
 *
 * @throws {TypeError} naming the option that is wrong or missing
 * @internal
 */
export function createOAuthClient(
  settings: ClientSettings,
  { where, optionAt, issuer, clock, http }: OAuthClientOptions,
): OAuthClient {
  const { clientId: id, authentication } = settings
  if (settings.clientCertificate !== undefined && http.replacedBy !== undefined) {
    throw new TypeError(
      `${where}: option \`${optionAt('clientCertificate')}\` cannot be used with \`${http.replacedBy}\`: the certificate belongs to the TLS connection, and \`${http.replacedBy}\` opens its own connections; leave one of them out`,
    )
  }
  if (typeof authentication === 'object' && 'authenticate' in authentication) {
    return new OAuthClient({ id, optionAt, own: authentication, allowed: [], named: true })
  }
  const names = allowedNames(settings)
  if (names.length === 0) {
    const wants =
      'must be set, or `clientKey`, `clientCertificate`, or an object as `authentication`'
    throw optionError(where, optionAt('clientSecret'), wants)
  }
  const allowed = names.map((name) => {
    const option = optionAt(CREDENTIAL_OF[name])
    if (settings[CREDENTIAL_OF[name]] === undefined) {
      throw optionError(where, option, `must be set for ${name}`)
    }
    const context = { where, option, issuer, clock }
    return { name, option, credential: createMethodCredential(name, settings, context) }
  })
  return new OAuthClient({ id, optionAt, allowed, named: authentication !== undefined })
}

function allowedNames(settings: ClientSettings): readonly ClientAuthenticationMethod[] {
  const { authentication } = settings
  if (typeof authentication === 'string') return [authentication]
  if (Array.isArray(authentication)) {
    const strongestFirst = Object.keys(CREDENTIAL_OF) as ClientAuthenticationMethod[]
    return strongestFirst.filter((name) => authentication.includes(name))
  }
  const credentials = ['clientCertificate', 'clientKey', 'clientSecret'] as const
  return credentials.flatMap((option) =>
    settings[option] === undefined ? [] : BY_CREDENTIAL[option],
  )
}
