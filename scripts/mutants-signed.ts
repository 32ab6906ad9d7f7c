import type { Mutant } from './mutants-list.ts'

const METADATA = 'src/metadata/signed-metadata.ts'
const ANSWERS = 'src/authorization-server/signed-answers.ts'

/** Checks of signed introspection answers and of the signed metadata. */
export const SIGNED_MUTANTS: readonly Mutant[] = [
  {
    name: 'signed metadata: every member of an own public key is published',
    file: 'src/jws/signer.ts',
    find: '.filter(([name]) => PUBLIC_MEMBERS.has(name))',
    replace: '',
  },
  {
    name: 'signed answers: the signature is not checked',
    file: ANSWERS,
    find: 'await checkSignature(jws, await server.keys.find(jws.algorithm, jws.keyId))',
    replace: 'void [checkSignature, await server.keys.find(jws.algorithm, jws.keyId)]',
  },
  {
    name: 'signed answers: any JWT of the server is an answer',
    file: ANSWERS,
    find: "if (!TYPES.has(type?.toLowerCase() ?? ''))",
    replace: 'if (TYPES.size === 0)',
  },
  {
    name: 'signed answers: of any issuer',
    file: ANSWERS,
    find: 'if (claims.iss !== server.issuer)',
    replace: 'if (claims.iss === undefined)',
  },
  {
    name: 'signed answers: for any client',
    file: ANSWERS,
    find: 'if (!readAudience(claims.aud).includes(clientId)) {',
    replace: 'if (readAudience(claims.aud).length === 0) {',
  },
  {
    name: 'signed answers: without iat',
    file: ANSWERS,
    find: 'if (issuedAt === undefined) return \'no "iat"\'',
    replace: 'if (issuedAt === undefined) return undefined',
  },
  {
    name: 'signed answers: from the future',
    file: ANSWERS,
    find: 'if (!(issuedAt <= now + clockTolerance)) {',
    replace: 'if (issuedAt < 0) {',
  },
  {
    name: 'signed answers: recorded long ago',
    file: ANSWERS,
    find: 'if (!(issuedAt >= asked - OLDEST - clockTolerance)) {',
    replace: 'if (issuedAt < 0) {',
  },
  {
    name: 'signed answers: expired',
    file: ANSWERS,
    find: 'if (expiresAt !== undefined && !(now < expiresAt + clockTolerance))',
    replace: 'if (expiresAt !== undefined && now < 0)',
  },
  {
    name: 'signed answers: not valid yet',
    file: ANSWERS,
    find: 'if (notBefore !== undefined && !(notBefore <= now + clockTolerance))',
    replace: 'if (notBefore !== undefined && now < 0)',
  },
  {
    name: 'signed answers: the claims of the JWT are the answer',
    file: ANSWERS,
    find: 'return { members: jws.claims.token_introspection as Record<string, unknown> }',
    replace: 'return { members: { ...(jws.claims.token_introspection as object), ...jws.claims } }',
  },
  {
    name: 'signed answers: the fault of an answer is the caller’s',
    file: ANSWERS,
    find: 'if (!(error instanceof ChallengeError)) throw error',
    replace: 'if (error instanceof Error) throw error',
  },
  {
    name: 'signed answers: a plain one where a signed one is required',
    file: ANSWERS,
    find: "if (type === PLAIN && mode !== 'required') return 'plain'",
    replace: "if (type === PLAIN) return 'plain'",
  },
  {
    name: 'signed answers: required, and not asked for',
    file: ANSWERS,
    find: "if (mode === 'required') return SIGNED",
    replace: "if (mode === 'required') return PLAIN",
  },
  {
    name: 'signed answers: an algorithm that is not accepted',
    file: ANSWERS,
    find: 'if (!isAcceptedAlgorithm(algorithm, server.algorithms)) {',
    replace: 'if (algorithm === undefined) {',
  },
  {
    name: 'a lenient profile accepts an introspection answer by its type',
    file: 'src/token/token-type.ts',
    find: 'if (name !== undefined && OTHER_KINDS.has(name)) {',
    replace: 'if (OTHER_KINDS.size === 0) {',
  },
  {
    name: 'a lenient profile accepts an introspection answer by its claim',
    file: 'src/token/token-type.ts',
    find: 'if (claims.token_introspection !== undefined) {',
    replace: 'if (OTHER_KINDS.size === 0) {',
  },
  // the signed metadata
  {
    name: 'signed metadata: an unsigned document while signing fails',
    file: 'src/resource-server/metadata-endpoints.ts',
    find: 'const load = () => signed?.document() ?? document',
    replace:
      'const load = async () => (await signed?.document().catch(() => document)) ?? document',
  },
  {
    name: 'signed metadata: a signature that fits no published key',
    file: METADATA,
    find: 'if (found !== undefined) await checkOwnSignature(jwt, found.key)',
    replace: 'void [checkOwnSignature, jwt]',
  },
  {
    name: 'signed metadata: everybody can make the signer work',
    file: METADATA,
    find: 'if (failed !== undefined && age >= 0 && age < RETRY_AFTER * 1000) throw failed.error',
    replace: 'void [failed, age]',
  },
  {
    name: 'signed metadata: each caller makes the signer work',
    file: METADATA,
    find: 'this.#signing ??= this.#sign()',
    replace: 'this.#signing = this.#sign()',
  },
  {
    name: 'signed metadata: without an issuer',
    file: METADATA,
    find: 'iss: this.#issuer, ',
    replace: '',
  },
  {
    name: 'signed metadata: a JWS made elsewhere wins over the own one',
    file: 'src/resource-server/metadata-documents.ts',
    find: 'if (metadata?.signed_metadata !== undefined) {',
    replace: "if (metadata?.signed_metadata === '') {",
  },
  {
    name: 'signed metadata: a jwks_uri of the operator is overwritten',
    file: 'src/resource-server/metadata-documents.ts',
    find: 'if (metadata?.jwks_uri !== undefined) {',
    replace: "if (metadata?.jwks_uri === '') {",
  },
  {
    name: 'signed metadata: the key, in place of the options, in an error message',
    file: 'src/options/option-error.ts',
    find: 'signed_?metadata$',
    replace: 'signed_metadata$',
  },
]
