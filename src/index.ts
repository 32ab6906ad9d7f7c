export type {
  AuthenticatedRequest,
  ClientAuthentication,
  ClientAuthenticationMethod,
} from './authorization-server/client-authentication/client-authentication.ts'
export type { ClientCertificate } from './authorization-server/client-authentication/client-certificate.ts'
export type { HttpOptions } from './authorization-server/http/options.ts'
export type { InspectedServer, TokenAnswer } from './authorization-server/inspection.ts'
export type {
  ClientAssertionOptions,
  ClientOptions,
  CommonOptions,
  IntrospectionOptions,
  JwtOptions,
  KeySetOptions,
  SignedAnswerMode,
  TokenInfoOptions,
} from './authorization-server/options.ts'
export { ChallengeError, type ChallengeErrorCode } from './errors/challenge-error.ts'
export type {
  ChallengeReason,
  NearMiss,
  RefusalReason,
  UnavailableReason,
} from './errors/reasons.ts'
export { UnavailableError } from './errors/unavailable-error.ts'
export type { VerifyContext } from './gate/authenticate-token.ts'
export { type ChallengeParameters, challenge } from './gate/challenge.ts'
export {
  type AuthenticationScheme,
  type Credentials,
  parseAuthorization,
} from './gate/credentials.ts'
export type {
  Allowed,
  Challenged,
  Decision,
  JsonRpcError,
  JsonRpcErrorBody,
  OAuthErrorBody,
  Preflight,
  Refused,
  Unavailable,
} from './gate/decision.ts'
export type { GuardOptions } from './gate/options.ts'
export type { AnswerHeaders } from './http/http-answer.ts'
export type {
  BodyReader,
  HeaderLookup,
  RequestConnection,
  ResourceRequest,
} from './http/resource-request.ts'
export type { SignatureAlgorithm } from './jws/algorithms.ts'
export type { OwnSigner } from './jws/own-signer.ts'
export type { SigningKey } from './jws/signing-key.ts'
export {
  type AllOrAny,
  createPolicy,
  type Operation,
  type Policy,
  type PolicyCall,
  type PolicyDecision,
  type PolicyOptions,
  type PolicyRequirement,
  type PolicyRule,
  type PolicyRules,
  type ScopeHierarchy,
} from './mcp/policy/policy.ts'
export type { SessionOptions } from './mcp/session-options.ts'
export type { ResourceDescription, SignedMetadataOptions } from './metadata/options.ts'
export {
  type ProtectedResourceMetadata,
  protectedResourceMetadata,
  wellKnownUrl,
} from './metadata/protected-resource-metadata.ts'
export type { AuthorizationServerOptions } from './resource-server/authorization-server-options.ts'
export type { ResourceServerOptions } from './resource-server/options.ts'
export { createResourceServer, type ResourceServer } from './resource-server/resource-server.ts'
export type { SharedStoreOptions } from './resource-server/shared-store-options.ts'
export type { NotBeforeOptions } from './revocation/not-before-options.ts'
export type {
  BackchannelLogoutOptions,
  RevocationOptions,
  RevocationSourceOptions,
  SecurityEventOptions,
} from './revocation/options.ts'
export type { PushedMessage, RevocationPush } from './revocation/push-options.ts'
export type { Revocation } from './revocation/revocation.ts'
export type {
  ClientCertificateFormat,
  ClientCertificateHeader,
  DpopMode,
  DpopNonceMode,
  DpopNonceOptions,
  DpopOptions,
} from './sender-constraint/options.ts'
export type { PossessionProof } from './sender-constraint/possession.ts'
export type { Clock } from './storage/clock.ts'
export type { ReplayStore } from './storage/replay-store.ts'
export type { LogEntry, SharedLog, SharedStore } from './storage/shared-store.ts'
export type { Confirmation } from './token/confirmation.ts'
export { principalOf } from './token/principal.ts'
export type {
  AudienceSubstitute,
  ExchangeRefusal,
  ProfileHints,
  TokenProfile,
  TypeEvidence,
} from './token/profile.ts'
export { type Rfc9068Profile, rfc9068Profile } from './token/rfc9068.ts'
export type { Claims, VerifiedToken } from './token/verified-token.ts'
export type { TokenExchangerOptions } from './token-exchange/options.ts'
export {
  createTokenExchanger,
  type ExchangedToken,
  type ExchangeTarget,
  type SubjectToken,
  TokenExchangeError,
  type TokenExchangeReason,
  type TokenExchanger,
} from './token-exchange/token-exchanger.ts'
export { createCachedVerifier } from './verification/cached-verifier.ts'
export {
  createVerifiedToken,
  type VerifiedTokenFields,
} from './verification/create-verified-token.ts'
export { createHybridVerifier } from './verification/hybrid-verifier.ts'
export { createIntrospectionVerifier } from './verification/introspection-verifier.ts'
export { createJwtVerifier } from './verification/jwt-verifier.ts'
export type {
  CachedVerifierOptions,
  CacheOptions,
  HybridVerifierOptions,
  IntrospectionVerifierOptions,
  JwtVerifierOptions,
  SingleIssuerOptions,
} from './verification/options.ts'
export type { TokenVerifier, VerificationContext } from './verification/token-verifier.ts'
