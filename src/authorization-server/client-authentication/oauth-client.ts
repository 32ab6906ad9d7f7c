import { UnavailableError } from '../../errors/unavailable-error.ts'
import { type MaybePromise, whenSettled } from '../../storage/maybe-promise.ts'
import type { AuthorizationServerMetadata, EndpointName } from '../discovery.ts'
import { authenticateClient } from './authenticate-client.ts'
import type {
  AuthenticatedRequest,
  BuiltInAuthentication,
  ClientAuthentication,
  ClientAuthenticationMethod,
} from './client-authentication.ts'
import type { Credential } from './credential.ts'
import { offeredAlgorithms, offeredMethods } from './supported-methods.ts'

/** A built-in method that the options allow. @internal */
export interface AllowedMethod {
  readonly name: ClientAuthenticationMethod
  /** The full name of the option that holds the credential. */
  readonly option: string
  readonly credential: Credential<BuiltInAuthentication>
}

/** The authorization server, as far as the choice of a method needs it. @internal */
export interface MethodSource {
  readonly issuer: string
  metadata(): MaybePromise<AuthorizationServerMetadata>
  isConfigured(name: EndpointName): boolean
}

/** The authentication for one call. @internal */
export interface SettledAuthentication {
  /** The method and the options to check, for messages. */
  readonly words: CredentialWords
  /** Whether the call needs a connection with this server's certificate. */
  readonly certificate?: BuiltInAuthentication['certificate']
  /** Adds the credentials. @throws {UnavailableError} `client_authentication_failed` */
  authenticate(request: AuthenticatedRequest): undefined | Promise<void>
  /** After a refusal: the authentication with a newer credential; `undefined` if there is none. */
  renew?(): Promise<SettledAuthentication | undefined>
}

/** How this server authenticated, for messages. @internal */
export interface CredentialWords {
  /** The method, such as `client_secret_basic`. */
  readonly method: string
  /** What is sent or used, such as `its secret`. */
  readonly credential: string
  /** The full names of the options, in backquotes. */
  readonly options: string
}

/** What {@link OAuthClient} needs. @internal */
export interface OAuthClientParts {
  readonly id: string
  /** The full names of options. */
  readonly optionAt: (option: string) => string
  /** The operator's own authentication, or the allowed methods, the strongest first. */
  readonly own?: ClientAuthentication | undefined
  readonly allowed: readonly AllowedMethod[]
  /** Whether the operator named the methods, in the option `authentication`. */
  readonly named: boolean
}

const CREDENTIAL_WORDS = {
  tls_client_auth: 'its certificate',
  self_signed_tls_client_auth: 'its certificate',
  private_key_jwt: 'its key, and the clock of this machine',
  client_secret_jwt: 'its secret, and the clock of this machine',
  client_secret_basic: 'its secret',
  client_secret_post: 'its secret',
} as const

/** This server's own client at an authorization server. @internal */
export class OAuthClient {
  readonly id: string
  readonly #parts: OAuthClientParts

  constructor(parts: OAuthClientParts) {
    this.id = parts.id
    this.#parts = parts
  }

  /**
   * Settles how this server authenticates at an endpoint.
   *
   * @returns a promise only if the metadata or a credential must be fetched
   * @throws {UnavailableError} `discovery_failed`, `client_authentication_failed`
   */
  settle(source: MethodSource, endpoint: EndpointName): MaybePromise<SettledAuthentication> {
    const { own } = this.#parts
    if (own !== undefined) {
      const words = this.#words('a method of your own', 'its credentials', 'authentication')
      return { words, authenticate: (request) => authenticateClient(own, request) }
    }
    const sole = this.#withoutMetadata(source.isConfigured(endpoint))
    if (sole !== undefined && source.isConfigured(endpoint)) return this.#with(sole, undefined)
    return whenSettled(source.metadata(), (metadata) =>
      this.#with(
        sole ?? this.#choose(source.issuer, metadata, endpoint),
        offeredAlgorithms(metadata, endpoint),
      ),
    )
  }

  /**
   * Checks that the authorization server offers a method that the options allow. Nothing is checked if
   * the endpoint's URL is configured and there is one method, because no metadata is needed then.
   *
   * @throws {UnavailableError} `client_authentication_failed`: says what the server offers
   */
  async assertSupported(source: MethodSource, endpoint: EndpointName): Promise<void> {
    if (this.#parts.own !== undefined) return
    const configured = source.isConfigured(endpoint)
    if (configured && this.#withoutMetadata(configured) !== undefined) return
    this.#choose(source.issuer, await source.metadata(), endpoint)
  }

  /** The method, if the metadata are not needed to choose it. */
  #withoutMetadata(configured: boolean): AllowedMethod | undefined {
    const { allowed, named } = this.#parts
    const [first] = allowed
    if (allowed.length === 1) return first
    // Only a certificate: both methods send the same.
    if (allowed.every(({ name }) => CREDENTIAL_WORDS[name] === 'its certificate')) return first
    // Only a secret, and nothing else to be fetched: the default of RFC 7591 §2.
    const oneCredential = allowed.every(({ option }) => option === first?.option)
    return configured && !named && oneCredential ? first : undefined
  }

  #choose(
    issuer: string,
    metadata: AuthorizationServerMetadata,
    endpoint: EndpointName,
  ): AllowedMethod {
    const { allowed, optionAt } = this.#parts
    const offered = offeredMethods(metadata, endpoint)
    const found =
      offered === undefined
        ? (allowed.find(({ name }) => name === 'client_secret_basic') ?? allowed[0])
        : allowed.find(({ name }) => offered.includes(name))
    if (found !== undefined) return found
    const names = allowed.map(({ name }) => name).join(', ')
    const shown = offered?.filter((name) => /^[\w.:-]{1,60}$/.test(name)).slice(0, 12)
    throw new UnavailableError(
      'client_authentication_failed',
      `client authentication at ${issuer}: the server offers ${shown?.join(', ') || 'no method'}, and the options allow ${names}; ` +
        `set \`${optionAt('authentication')}\` to a method that the server offers, with ${this.#credentialOptions()}`,
    )
  }

  #with(
    { name, option, credential }: AllowedMethod,
    signingAlgorithms: readonly string[] | undefined,
  ): MaybePromise<SettledAuthentication> {
    const words = this.#words(name, CREDENTIAL_WORDS[name], option)
    const settled = (made: BuiltInAuthentication): SettledAuthentication => ({
      words,
      certificate: made.certificate,
      authenticate: (request) => authenticateClient(made, { ...request, signingAlgorithms }),
      async renew() {
        const renewed = await credential.renew(made)
        return renewed && settled(renewed)
      },
    })
    return whenSettled(credential.get(), settled)
  }

  #credentialOptions(): string {
    const names = ['clientSecret', 'clientKey', 'clientCertificate'].map(this.#parts.optionAt)
    return names
      .map((name) => `\`${name}\``)
      .join(', ')
      .replace(/, ([^,]*)$/, ' or $1')
  }

  #words(method: string, credential: string, option: string): CredentialWords {
    const { optionAt } = this.#parts
    const second = option === 'authentication' ? optionAt(option) : option
    return { method, credential, options: `\`${optionAt('clientId')}\` and \`${second}\`` }
  }
}
