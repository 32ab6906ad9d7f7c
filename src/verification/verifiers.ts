export { createCachedVerifier } from './cached-verifier.ts'
export { createVerifiedToken, type VerifiedTokenFields } from './create-verified-token.ts'
export { createHybridVerifier } from './hybrid-verifier.ts'
export { createIntrospectionVerifier } from './introspection-verifier.ts'
export { createJwtVerifier } from './jwt-verifier.ts'
export type {
  CachedVerifierOptions,
  HybridVerifierOptions,
  IntrospectionVerifierOptions,
  JwtVerifierOptions,
  SingleIssuerOptions,
} from './options.ts'
export type { TokenVerifier, VerificationContext } from './token-verifier.ts'
