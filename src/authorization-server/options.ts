import type { SignatureAlgorithm } from '../jws/algorithms.ts'
import type { SigningKey } from '../jws/signing-key.ts'
import type { Clock } from '../storage/clock.ts'
import type { MaybePromise } from '../storage/maybe-promise.ts'
import type { TokenOptions } from '../token/options.ts'
import type { TokenProfile } from '../token/profile.ts'
import type {
  ClientAuthentication,
  ClientAuthenticationMethod,
} from './client-authentication/client-authentication.ts'
import type { ClientCertificate } from './client-authentication/client-certificate.ts'
import type { HttpOptions } from './http/options.ts'
import type { InspectedServer } from './inspection.ts'

/** Options for keeping a fetched key set. */
export interface KeySetOptions {
  /**
   * Seconds after which the key set is fetched again, in the background. `Cache-Control` is ignored,
   * because Keycloak sends `no-cache`.
   *
   * @defaultValue 300 s
   */
  readonly maxAge?: number
  /**
   * Further seconds for which the old key set is used while no new one can be fetched.
   *
   * @defaultValue 3600 s
   */
  readonly staleIfError?: number
  /**
   * Seconds between two fetches that unknown `kid`s cause.
   *
   * @defaultValue 10 s
   */
  readonly unknownKeyCoolDown?: number
  /**
   * Most keys in a key set. A larger one is refused.
   *
   * @defaultValue 100
   */
  readonly maxKeys?: number
}

/**
 * Whether introspection answers are signed (RFC 9701).
 *
 * - `when-offered`: asks for signed answers if the metadata of the authorization server offers them, and
 *   verifies every signed answer. Plain answers are accepted too.
 * - `required`: asks for signed answers, and refuses plain ones.
 * - `never`: does not ask for signed answers, and refuses them.
 */
export type SignedAnswerMode = 'when-offered' | 'required' | 'never'

/** What the assertions of `private_key_jwt` and `client_secret_jwt` say (RFC 7523 §3). */
export interface ClientAssertionOptions {
  /**
   * The audience: `issuer` for the issuer identifier, `endpoint` for the URL that is called, or a string of
   * your own. With the issuer, no other authorization server can use the assertion (RFC 7523bis).
   *
   * @defaultValue `issuer`
   */
  readonly audience?: string
  /**
   * How long an assertion is valid, in seconds. Each call has its own assertion.
   *
   * @defaultValue 60 s
   */
  readonly lifetime?: number
  /**
   * The signature algorithm of `clientKey`.
   *
   * @defaultValue the first algorithm that the key allows and the authorization server accepts
   */
  readonly algorithm?: SignatureAlgorithm
  /**
   * `kid` of `clientKey`, for the header of the assertion.
   *
   * @defaultValue `kid` of the JWK, otherwise no `kid`
   */
  readonly keyId?: string
}

/**
 * Options for the client that this server itself has at an authorization server.
 *
 * A function for a secret, key or certificate is called when it is first needed, and again when the
 * authorization server refuses the client. So it can rotate without a restart.
 */
export interface ClientOptions {
  /** The client id that this server itself has at the authorization server. */
  readonly clientId: string
  /**
   * The secret of this client, or a function that returns it. It is never logged.
   *
   * @defaultValue none
   */
  readonly clientSecret?: string | (() => MaybePromise<string>)
  /**
   * The private key for `private_key_jwt`, or a function that returns it: a JWK, a PEM (PKCS #8), a
   * `CryptoKey`, a `KeyObject`, or a signer of your own for a hardware security module. It is never logged.
   *
   * @defaultValue none
   */
  readonly clientKey?: SigningKey | (() => MaybePromise<SigningKey>)
  /**
   * The certificate and key for `tls_client_auth` and `self_signed_tls_client_auth`, or a function that
   * returns them. It cannot be used with `http.fetch` and `http.dispatcher`.
   *
   * @defaultValue none
   */
  readonly clientCertificate?: ClientCertificate | (() => MaybePromise<ClientCertificate>)
  /**
   * What signed assertions say, for `private_key_jwt` and `client_secret_jwt`.
   *
   * @defaultValue the defaults of its members
   */
  readonly clientAssertion?: ClientAssertionOptions
  /**
   * How this server authenticates: the name of a method (RFC 7591 §2), a list of allowed methods, or an
   * object with an `authenticate` method of your own.
   *
   * Without it, the metadata of the authorization server and the credentials above decide, the strongest
   * method first: certificate, key, `client_secret_basic`, `client_secret_post`. `client_secret_jwt` is only
   * used if it is named.
   *
   * @defaultValue the strongest method that the credentials allow and the server offers
   */
  readonly authentication?:
    | ClientAuthenticationMethod
    | readonly ClientAuthenticationMethod[]
    | ClientAuthentication
}

/** Options for introspection: how this server asks an authorization server about tokens (RFC 7662). */
export interface IntrospectionOptions extends ClientOptions {
  /**
   * URL of the introspection endpoint.
   *
   * @defaultValue `introspection_endpoint` of the issuer's metadata
   */
  readonly endpoint?: string
  /**
   * Whether tokens that are not JWTs are sent to this issuer. Only one issuer can have `true`, because
   * an opaque token does not say which issuer it is from. `keycloak()` sets `false`.
   *
   * Anybody can make up opaque tokens, and each one is a call. These calls have a lane to themselves.
   *
   * @defaultValue `true`
   */
  readonly opaqueTokens?: boolean
  /**
   * Whether introspection answers are signed: `when-offered`, `required` or `never` (RFC 9701). A
   * signature shows that the answer is the authorization server's own, also behind a proxy that
   * terminates TLS.
   *
   * `when-offered` accepts plain answers too, because a server may ignore what it is asked for. Whoever
   * can change an answer can also remove its signature: only `required` protects against that. With
   * `endpoint`, the metadata is not read, so only `required` asks for signed answers. Encrypted answers
   * are refused.
   *
   * @defaultValue `when-offered`
   */
  readonly signedAnswers?: SignedAnswerMode
}

/** Options for a tokeninfo endpoint, which some authorization servers have in place of introspection. */
export interface TokenInfoOptions {
  /** URL of the endpoint. Every token is sent to it as a bearer token. */
  readonly endpoint: string
}

/** Options for verifying the JWTs of an issuer. */
export interface JwtOptions {
  /**
   * Accepted signature algorithms. A key is used for one algorithm only.
   *
   * @defaultValue every {@link SignatureAlgorithm}, all of them asymmetric
   */
  readonly algorithms?: readonly SignatureAlgorithm[]
  /**
   * The public keys as a JWK Set. Nothing is fetched then, and you replace the keys when they rotate.
   *
   * @defaultValue keys are fetched
   */
  readonly keys?: { readonly keys: readonly Readonly<Record<string, unknown>>[] }
  /**
   * URL of the key set.
   *
   * @defaultValue `jwks_uri` of the issuer's metadata
   */
  readonly jwksUri?: string
  /**
   * How long a fetched key set is kept.
   *
   * @defaultValue the defaults of its members
   */
  readonly keySet?: KeySetOptions
}

/** Which authorization server it is, and what its tokens look like. */
export interface IssuerOptions {
  /** Issuer identifier, compared as an exact string with `iss` and with the metadata's `issuer`. */
  readonly issuer: string
  /**
   * How the issuer writes its access tokens. The default requires the header `typ: at+jwt` and every
   * claim of RFC 9068 §2.2. `keycloak()` sets `keycloakProfile`. For other servers write a
   * {@link TokenProfile}.
   *
   * @defaultValue `rfc9068Profile`
   */
  readonly profile?: TokenProfile
}

/** Options for reaching one authorization server. */
export interface ServerOptions extends IssuerOptions, JwtOptions {
  /**
   * Credentials for introspection. If they are set, `verification` is `hybrid` by default.
   *
   * @defaultValue none
   */
  readonly introspection?: IntrospectionOptions
  /**
   * Asks a tokeninfo endpoint about every token, in place of introspection. `google()` sets it. Such an
   * endpoint answers about the tokens of every client, so the accepted audiences must be clients of yours.
   * Tokens that are JWTs are refused. It cannot be combined with `introspection` and `verification`.
   *
   * @defaultValue none
   */
  readonly tokenInfo?: TokenInfoOptions
  /**
   * A function that looks at the authorization server in `ready()` and warns the operator. An error
   * that it throws is ignored. `keycloak()` sets it.
   *
   * @defaultValue none
   */
  readonly inspect?: (server: InspectedServer) => void | Promise<void>
}

/** Options that hold for all issuers. */
export interface CommonOptions extends TokenOptions {
  /**
   * Accepts plain http for issuers and endpoints that are not on loopback. Anyone on the network can
   * then forge keys and read tokens: use it in closed test set-ups only.
   *
   * @defaultValue `false`
   */
  readonly allowInsecureHttp?: boolean
  /**
   * How authorization servers are called.
   *
   * @defaultValue the defaults of its members
   */
  readonly http?: HttpOptions
  /**
   * A function that returns the time in milliseconds since the epoch. It is called once at start-up: a
   * result in seconds, or one that is not a number, is a `TypeError`. Later such a result is a 503.
   *
   * @defaultValue `Date.now`
   */
  readonly clock?: Clock
}
