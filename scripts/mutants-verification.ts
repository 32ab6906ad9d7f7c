import type { Mutant } from './mutants-list.ts'

/** A public verifier that gives bound tokens too. */
const ANY_TOKEN = (verification: string): string =>
  `return { verify: async (token) => (await ${verification}.verify(new (await import('../token/presented-token.ts')).PresentedToken(token), {})).token, close: () => Promise.resolve(void bearerOnly) }`

/** Checks of what is verified, kept and trusted, and of possession at each public door. */
export const VERIFICATION_MUTANTS: readonly Mutant[] = [
  // possession
  {
    name: 'possession: resourceServer.verify() accepts a bound token',
    file: 'src/gate/authenticate-token.ts',
    find: '  checkUnbound(token.confirmation)\n',
    replace: '  void checkUnbound\n',
  },
  {
    name: 'possession: the gate accepts a bound token under Bearer',
    file: 'src/sender-constraint/possession.ts',
    find: '    checkBearerUse(confirmation)\n',
    replace: '',
  },
  {
    name: 'possession: the public verifiers accept a bound token',
    file: 'src/verification/bearer-only.ts',
    find: '      checkUnbound(verified.token.confirmation)\n',
    replace: '      void checkUnbound\n',
  },
  {
    name: 'possession: createJwtVerifier accepts a bound token',
    file: 'src/verification/jwt-verifier.ts',
    find: 'return bearerOnly(new ClosableVerification(verification, http), maxTokenLength)',
    replace: ANY_TOKEN('new ClosableVerification(verification, http)'),
  },
  {
    name: 'possession: createIntrospectionVerifier accepts a bound token',
    file: 'src/verification/introspection-verifier.ts',
    find: 'return bearerOnly(new ClosableVerification(verification, http), maxTokenLength)',
    replace: ANY_TOKEN('new ClosableVerification(verification, http)'),
  },
  {
    name: 'possession: createHybridVerifier accepts a bound token',
    file: 'src/verification/hybrid-verifier.ts',
    find: 'return bearerOnly(new ClosableVerification(verification, http), maxTokenLength)',
    replace: ANY_TOKEN('new ClosableVerification(verification, http)'),
  },
  {
    name: 'possession: createCachedVerifier accepts a bound token',
    file: 'src/verification/cached-verifier.ts',
    find: 'return bearerOnly(cached, Math.min(maxTokenLength, behind.maxTokenLength))',
    replace: ANY_TOKEN('cached'),
  },
  {
    name: 'possession: a binding that only the confirming answer names is lost',
    file: 'src/verification/hybrid-verification.ts',
    find: 'readConfirmation(answer.cnf, confirmationNotes)',
    replace: 'readConfirmation(undefined, confirmationNotes)',
  },
  {
    name: 'possession: a binding that only a JWT names is lost where introspection verifies it',
    file: 'src/verification/introspection-verification.ts',
    find: 'joinConfirmations(bound, verified.confirmation)',
    replace: 'joinConfirmations(bound && undefined, verified.confirmation)',
  },
  {
    name: 'possession: of two bindings of a completed token one is lost',
    file: 'src/verification/jwt-verification.ts',
    find: 'readConfirmation(added.cnf, confirmationNotes)',
    replace: 'readConfirmation(undefined, confirmationNotes)',
  },
  {
    name: 'possession: a JWT and its answer name different keys',
    file: 'src/verification/same-token.ts',
    find: "const BINDINGS = ['jkt', 'x5t#S256'] as const",
    replace: 'const BINDINGS = [] as const',
  },
  // the verification behind a public verifier
  {
    name: "a user's verifier: its binding is no object",
    file: 'src/verification/foreign-verification.ts',
    find: '!(token.confirmation === undefined || isObject(token.confirmation))',
    replace: '!(token.confirmation === undefined || isObject)',
  },
  {
    name: 'a verify() that its user replaced is passed by',
    file: 'src/verification/bearer-only.ts',
    find: 'if (known !== undefined && known.verify === verifier.verify) return known',
    replace: 'if (known !== undefined) return known',
  },
  {
    name: 'the token length of a verifier is forgotten behind a cache',
    file: 'src/verification/cached-verifier.ts',
    find: 'Math.min(maxTokenLength, behind.maxTokenLength)',
    replace: 'maxTokenLength',
  },
  {
    name: 'the token length of a verifier is forgotten behind a gate',
    file: 'src/resource-server/resource-server.ts',
    find: 'Math.min(settings.maxTokenLength, maxTokenLength)',
    replace: 'settings.maxTokenLength',
  },
  // what is kept
  {
    name: 'a verification from a store is trusted though its issuer is none of ours',
    file: 'src/verification/by-issuer.ts',
    find: '?.stillTrusts(verification) ?? false',
    replace: '?.stillTrusts(verification) ?? true',
  },
  {
    name: 'a verification from a store that names no key passes as signed',
    file: 'src/verification/jwt-verification.ts',
    find: 'return keyId !== undefined && this.#options.keys.trusts(keyId)',
    replace: 'return keyId === undefined || this.#options.keys.trusts(keyId)',
  },
  {
    name: 'a verification by a key passes where only introspection verifies',
    file: 'src/verification/introspection-verification.ts',
    find: 'return keyId === undefined',
    replace: "return keyId !== ''",
  },
  {
    name: 'trust in the key is not judged at a hit of an asynchronous store',
    file: 'src/verification/cached-verification.ts',
    find: '(still ? found : this.#replace(presented, context))',
    replace: '(still || found ? found : this.#replace(presented, context))',
  },
  {
    name: 'a store that fails makes requests fail',
    file: 'src/verification/cached-verification.ts',
    find: "if (error instanceof UnavailableError && error.reason === 'clock_failed') throw error",
    replace: 'if (error instanceof Error || error) throw error',
  },
  {
    name: 'given keys: a verification by any key is trusted',
    file: 'src/authorization-server/key-set.ts',
    find: 'loaded?.ids.has(id) === true',
    replace: 'loaded !== undefined',
  },
  {
    name: 'a clock that fails while a store is written ends the process',
    file: 'src/verification/cached-verification.ts',
    find: '\n          .catch(() => {})',
    replace: '',
  },
  {
    name: 'a binding that a verifier of the user leaves among the claims does not bind',
    file: 'src/verification/foreign-verification.ts',
    find: 'const token = withBinding(found)',
    replace: 'const token = found',
  },
  {
    name: "a user's verifier: a binding that nobody can enforce",
    file: 'src/verification/foreign-verification.ts',
    find: 'const confirmation = readConfirmation(Object.fromEntries(given))',
    replace: 'const confirmation: Confirmation = Object.fromEntries(given)',
  },
  {
    name: "a user's verifier: a binding with less than the claims",
    file: 'src/verification/foreign-verification.ts',
    find: 'if (value === undefined || value === confirmation?.[name]) continue',
    replace: 'continue',
  },
]
