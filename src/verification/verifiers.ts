export { type CachedVerifierOptions, createCachedVerifier } from './cached-verifier.ts'
export { createVerifiedToken, type VerifiedTokenFields } from './create-verified-token.ts'
export { createHybridVerifier, type HybridVerifierOptions } from './hybrid-verifier.ts'
export {
  createIntrospectionVerifier,
  type IntrospectionVerifierOptions,
} from './introspection-verifier.ts'
export { createJwtVerifier, type JwtVerifierOptions } from './jwt-verifier.ts'
export type { SingleIssuerOptions } from './single-issuer.ts'
export type { TokenVerifier, VerificationContext } from './token-verifier.ts'
