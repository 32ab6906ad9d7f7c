export type { SignatureAlgorithm } from './authorization-server/algorithms.ts'
export type {
  AuthenticatedRequest,
  ClientAuthentication,
  ClientAuthenticationMethod,
} from './authorization-server/client-authentication/client-authentication.ts'
export type { HttpOptions } from './authorization-server/http/http-client.ts'
export type { InspectedServer, TokenAnswer } from './authorization-server/inspection.ts'
export type { KeySetOptions } from './authorization-server/key-set.ts'
export type {
  AuthorizationServerOptions,
  CommonOptions,
  IntrospectionOptions,
  JwtOptions,
} from './authorization-server/options.ts'
export {
  ChallengeError,
  type ChallengeErrorCode,
  type ChallengeReason,
  type RefusalReason,
  UnavailableError,
  type UnavailableReason,
} from './errors.ts'
export { type ChallengeParameters, challenge } from './gate/challenge.ts'
export { type Credentials, parseAuthorization } from './gate/credentials.ts'
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
export type { AnswerHeaders } from './http/http-answer.ts'
export type { BodyReader, ResourceRequest } from './http/resource-request.ts'
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
export {
  type ProtectedResourceMetadata,
  protectedResourceMetadata,
  type ResourceDescription,
  wellKnownUrl,
} from './metadata/protected-resource-metadata.ts'
export type { CacheOptions, ResourceServerOptions } from './resource-server/options.ts'
export {
  createResourceServer,
  type GuardOptions,
  type ResourceServer,
} from './resource-server/resource-server.ts'
export type { Clock } from './storage/clock.ts'
export type { Confirmation } from './token/confirmation.ts'
export { principalOf } from './token/principal.ts'
export type {
  ExchangeRefusal,
  ProfileHints,
  TokenProfile,
  TypeEvidence,
} from './token/profile.ts'
export { rfc9068Profile } from './token/rfc9068.ts'
export type { Claims, VerifiedToken } from './token/verified-token.ts'
export {
  createTokenExchanger,
  type ExchangedToken,
  type ExchangeTarget,
  type SubjectToken,
  TokenExchangeError,
  type TokenExchangeReason,
  type TokenExchanger,
  type TokenExchangerOptions,
} from './token-exchange/token-exchanger.ts'
export { type CachedVerifierOptions, createCachedVerifier } from './verification/cached-verifier.ts'
export {
  createVerifiedToken,
  type VerifiedTokenFields,
} from './verification/create-verified-token.ts'
export { createHybridVerifier, type HybridVerifierOptions } from './verification/hybrid-verifier.ts'
export {
  createIntrospectionVerifier,
  type IntrospectionVerifierOptions,
} from './verification/introspection-verifier.ts'
export { createJwtVerifier, type JwtVerifierOptions } from './verification/jwt-verifier.ts'
export type { SingleIssuerOptions } from './verification/single-issuer.ts'
export type { TokenVerifier, VerificationContext } from './verification/token-verifier.ts'
