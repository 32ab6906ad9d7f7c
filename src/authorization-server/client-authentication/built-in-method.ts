import { createSecretSigner, createSigner } from '../../jws/signer.ts'
import type { Clock } from '../../storage/clock.ts'
import type { ClientSettings } from '../options-schema.ts'
import { clientAssertion } from './client-assertion.ts'
import type { BuiltInAuthentication, ClientAuthenticationMethod } from './client-authentication.ts'
import { mutualTls, readClientCertificate } from './client-certificate.ts'
import { clientSecretBasic } from './client-secret-basic.ts'
import { clientSecretPost } from './client-secret-post.ts'
import { type Credential, createCredential } from './credential.ts'

/** The options that hold credentials. @internal */
export type CredentialOption = 'clientSecret' | 'clientKey' | 'clientCertificate'

/** The credential option of each method, the strongest method first. @internal */
export const CREDENTIAL_OF: Readonly<Record<ClientAuthenticationMethod, CredentialOption>> = {
  tls_client_auth: 'clientCertificate',
  self_signed_tls_client_auth: 'clientCertificate',
  private_key_jwt: 'clientKey',
  client_secret_jwt: 'clientSecret',
  client_secret_basic: 'clientSecret',
  client_secret_post: 'clientSecret',
}

/** What a method needs beside its credential. @internal */
export interface MethodContext {
  /** The public function that was called, for messages. */
  readonly where: string
  /** The full name of the option that holds the credential. */
  readonly option: string
  readonly issuer: string
  readonly clock: Clock
}

/**
 * Makes the credential of a built-in method.
 *
 * @throws {TypeError} naming the option that is wrong. Nothing of the credential is in the message.
 * @internal
 */
export function createMethodCredential(
  method: ClientAuthenticationMethod,
  settings: ClientSettings,
  context: MethodContext,
): Credential<BuiltInAuthentication> {
  const { option, clock } = context
  const { clientId, clientSecret, clientKey, clientCertificate } = settings
  switch (CREDENTIAL_OF[method]) {
    case 'clientCertificate': {
      const make = (given: unknown) => mutualTls(clientId, certificateIn(given, context))
      return createCredential<unknown, BuiltInAuthentication>(
        option,
        clientCertificate,
        make,
        clock,
      )
    }
    case 'clientKey': {
      const { algorithm, keyId } = settings.clientAssertion
      const make = (given: NonNullable<typeof clientKey>) => {
        const signer = createSigner(context.where, option, given as never, { algorithm, keyId })
        return clientAssertion(signer, assertionSettings(settings, context))
      }
      return createCredential(option, clientKey as NonNullable<typeof clientKey>, make, clock)
    }
    default: {
      const make = (given: unknown) => withSecret(method, secretIn(given, context))
      return createCredential<unknown, BuiltInAuthentication>(option, clientSecret, make, clock)
    }
  }

  function withSecret(name: ClientAuthenticationMethod, secret: string): BuiltInAuthentication {
    if (name === 'client_secret_basic') return clientSecretBasic(clientId, secret)
    if (name === 'client_secret_post') return clientSecretPost(clientId, secret)
    const signer = createSecretSigner(secret)
    if ('fault' in signer)
      throw wrong(context, `cannot be used for client_secret_jwt: ${signer.fault}`)
    return clientAssertion(signer, assertionSettings(settings, context))
  }
}

function assertionSettings(
  { clientId, clientAssertion: { audience, lifetime } }: ClientSettings,
  { issuer, clock }: MethodContext,
) {
  return { clientId, issuer, audience, lifetime, clock }
}

function secretIn(given: unknown, context: MethodContext): string {
  if (typeof given === 'string' && given !== '') return given
  throw wrong(context, given === '' ? 'is empty' : 'must be a string')
}

function certificateIn(given: unknown, context: MethodContext) {
  const read = readClientCertificate(given)
  if ('fault' in read) throw wrong(context, read.fault)
  return read
}

function wrong({ where, option }: MethodContext, what: string): TypeError {
  return new TypeError(`${where}: option \`${option}\` ${what}`)
}
