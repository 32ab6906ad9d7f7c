export type { SignatureAlgorithm } from './authorization-server/algorithms.ts'
export type {
  AuthenticatedRequest,
  ClientAuthentication,
  ClientAuthenticationMethod,
} from './authorization-server/client-authentication.ts'
export type { HttpOptions } from './authorization-server/http-client.ts'
export type { KeySetOptions } from './authorization-server/key-set.ts'
export { type Credentials, parseAuthorization } from './challenge/credentials.ts'
export { type ChallengeParameters, challenge } from './challenge/www-authenticate.ts'
export type {
  Allowed,
  AnswerHeaders,
  Challenged,
  Decision,
  Preflight,
  RefusalBody,
  Refused,
  RequestRefusalBody,
  RpcError,
  Unavailable,
} from './decision.ts'
export {
  ChallengeError,
  type ChallengeErrorCode,
  type RefusalReason,
  type RequestRefusalReason,
  UnavailableError,
  type UnavailableReason,
} from './errors.ts'
export type {
  ConnectionMemory,
  DeliveredMessage,
  MessageGate,
  MessageOrigin,
  MessageRefusal,
} from './message-gate.ts'
export type { HttpAnswer } from './metadata/document-answer.ts'
export {
  type ProtectedResourceMetadata,
  protectedResourceMetadata,
  type ResourceDescription,
  wellKnownUrl,
} from './metadata/protected-resource-metadata.ts'
export {
  createOperationPolicy,
  type JudgedCall,
  type Judgement,
  type Needed,
  type Operation,
  type OperationPolicy,
  type OperationRequirement,
  type OperationRule,
  type OperationRules,
  type OperationsOptions,
  type ScopeHierarchy,
} from './operations/operation-policy.ts'
export type {
  AuthorizationServerOptions,
  CommonOptions,
  IntrospectionOptions,
  JwtOptions,
} from './options/authorization-server-options.ts'
export { type Environment, fromEnvironment } from './options/from-environment.ts'
export type { CacheOptions, ResourceServerOptions } from './options/resource-server-options.ts'
export type { BodyReader, ResourceRequest } from './request.ts'
export {
  type AuthenticateOptions,
  createResourceServer,
  type HandlerAnswer,
  type ResourceServer,
} from './resource-server.ts'
export type { SessionOptions } from './sessions.ts'
export type { Clock } from './storage/clock.ts'
export type { Confirmation } from './token/confirmation.ts'
export { principalOf } from './token/principal.ts'
export type { ProfileName } from './token/profile.ts'
export type { Claims, VerifiedToken } from './token/verified-token.ts'
export {
  createTokenExchanger,
  type ExchangedToken,
  type ExchangeTarget,
  type SubjectToken,
  TokenExchangeError,
  type TokenExchangeRefusal,
  type TokenExchanger,
  type TokenExchangerOptions,
} from './token-exchange/token-exchanger.ts'
export { type CachedVerifierOptions, createCachedVerifier } from './verifiers/cached.ts'
export { createHybridVerifier, type HybridVerifierOptions } from './verifiers/hybrid.ts'
export {
  createIntrospectionVerifier,
  type IntrospectionVerifierOptions,
} from './verifiers/introspection.ts'
export { createJwtVerifier, type JwtVerifierOptions } from './verifiers/jwt.ts'
export type { SingleIssuerOptions } from './verifiers/single-issuer.ts'
export type { TokenVerifier, VerificationContext } from './verifiers/token-verifier.ts'
export { createVerifiedToken, type VerifiedTokenFields } from './verifiers/verified-token.ts'
