import type { Mutant } from './mutants-list.ts'

const PROOF = 'src/sender-constraint/dpop-proof.ts'
const KEY = 'src/sender-constraint/proof-key.ts'
const URL_FORM = 'src/sender-constraint/proof-url.ts'
const REQUEST_URL = 'src/sender-constraint/request-url.ts'
const PRESENTED = 'src/sender-constraint/presented-proof.ts'
const TURNS = 'src/jws/signature-turns.ts'

/** Checks of DPoP proofs. */
const PROOF_MUTANTS: readonly Mutant[] = [
  {
    name: 'DPoP: a proof with the scheme Bearer is passed over',
    file: PRESENTED,
    find: 'if (proof !== undefined) {',
    replace: 'if (proof === null) {',
  },
  {
    name: 'DPoP: of two header fields the first counts',
    file: PRESENTED,
    find: "values.length > 1 || proof.includes(',')",
    replace: "proof.includes(',')",
  },
  {
    name: 'DPoP: two proofs in one field are not told apart from a damaged one',
    file: PRESENTED,
    find: "values.length > 1 || proof.includes(',')",
    replace: 'values.length > 1',
  },
  {
    name: 'DPoP: a proof of any length is read',
    file: PROOF,
    find: 'if (text.length > MAX_PROOF_LENGTH) {',
    replace: 'if (text.length < 0) {',
  },
  {
    name: 'DPoP: any JWT is a proof',
    file: PROOF,
    find: "if (jws.type?.toLowerCase() !== 'dpop+jwt') {",
    replace: "if (jws.type === 'x') {",
  },
  {
    name: 'DPoP: every algorithm is accepted',
    file: PROOF,
    find: 'if (!this.#accepted.has(sameAlgorithm(jws.algorithm))) {',
    replace: "if (this.#accepted.has(sameAlgorithm('x'))) {",
  },
  {
    name: 'DPoP: no signature check',
    file: PROOF,
    find: 'if (!holds) throw',
    replace: 'if (holds === undefined) throw',
  },
  {
    name: 'DPoP: a new key needs no signature',
    file: PROOF,
    find: '    await checkProofSignature(jws, key)\n',
    replace: '',
  },
  {
    name: 'DPoP: any method',
    file: PROOF,
    find: 'if (htm !== expected.method) {',
    replace: 'if (htm === undefined) {',
  },
  {
    name: 'DPoP: methods in any case',
    file: PROOF,
    find: 'if (htm !== expected.method) {',
    replace: 'if (String(htm).toUpperCase() !== expected.method.toUpperCase()) {',
  },
  {
    name: 'DPoP: any URL',
    file: PROOF,
    find: 'normalUrl(htu) !== url)',
    replace: 'normalUrl(htu) === url)',
  },
  {
    name: 'DPoP: for any token',
    file: PROOF,
    find: 'if (ath !== expected.tokenDigest) {',
    replace: 'if (ath === undefined) {',
  },
  {
    name: 'DPoP: "ath" may be missing',
    file: PROOF,
    find: 'if (ath !== expected.tokenDigest) {',
    replace: 'if (ath !== undefined && ath !== expected.tokenDigest) {',
  },
  {
    name: 'DPoP: "iat" may be infinite',
    file: PROOF,
    find: ' || !Number.isFinite(iat)',
    replace: '',
  },
  {
    name: 'DPoP: "jti" of any length',
    file: PROOF,
    find: ' || jti.length > MAX_ID_LENGTH',
    replace: '',
  },
  {
    name: 'DPoP: "jti" may be empty',
    file: PROOF,
    find: " || jti === ''",
    replace: '',
  },
  {
    name: 'DPoP: any key',
    file: KEY,
    find: 'if (presented !== thumbprint) {',
    replace: 'if (presented === null) {',
  },
  {
    name: 'DPoP: weak and private keys',
    file: KEY,
    find: 'if (\'fault\' in found) throw refusedKey(`"jwk": ${found.fault}`)',
    replace: "if ('fault' in found) return importKey(jwk, algorithm) as never",
  },
  {
    name: 'DPoP: the key may name another algorithm than the header',
    file: KEY,
    find: 'if (found.algorithm !== sameAlgorithm(algorithm)) {',
    replace: "if (found.algorithm === 'x') {",
  },
  {
    name: 'DPoP: the kept key counts for every header',
    file: KEY,
    find: 'kept !== undefined && compact.startsWith(`${kept.encodedHeader}.`)',
    replace: 'kept !== undefined && compact.length > 0',
  },
  {
    name: 'DPoP: a URL may have a user',
    file: URL_FORM,
    find: String.raw`^(https?):\/\/((?:`,
    replace: String.raw`^(https?):\/\/(?:[^/?#]*@)?((?:`,
  },
  {
    name: 'DPoP: a backslash in a path',
    file: URL_FORM,
    find: String.raw`[!-$&-[\]-~]`,
    replace: String.raw`[!-$&-~]`,
  },
  {
    name: 'DPoP: any port',
    file: URL_FORM,
    find: "port === '' || port === DEFAULT_PORTS[protocol]",
    replace: 'port.length >= 0 || port === DEFAULT_PORTS[protocol]',
  },
  {
    name: 'DPoP: http is https',
    file: URL_FORM,
    find: 'const protocol = scheme.toLowerCase()',
    replace: "const protocol = scheme.toLowerCase() && 'https'",
  },
  {
    name: 'DPoP: escaped slashes are slashes',
    file: URL_FORM,
    find: String.raw`/[A-Za-z0-9\-._~]/.test(character)`,
    replace: String.raw`/[A-Za-z0-9\-._~/]/.test(character)`,
  },
  {
    name: 'DPoP: a request target without a slash is added to the origin',
    file: REQUEST_URL,
    find: "const path = ABSOLUTE.exec(target)?.[1]\n  return path === '' ? '/' : path",
    replace:
      "const path = ABSOLUTE.exec(target)?.[1] ?? `/${target}`\n  return path === '' ? '/' : path",
  },
  {
    name: 'DPoP: the request names its own host',
    file: REQUEST_URL,
    find: 'return origin + (externalPath === undefined',
    replace: 'return (URL.parse(url)?.origin ?? origin) + (externalPath === undefined',
  },
  {
    name: 'DPoP: externalPath may return a query',
    file: REQUEST_URL,
    find: ' && !/[?#]/.test(external)',
    replace: '',
  },
  {
    name: 'signatures: a synchronous ECDSA verification takes the wrong form of a signature',
    file: 'src/jws/node-verifier.ts',
    find: 'return der !== undefined && verify(digest, signed, ready, der)',
    replace: 'return der !== undefined || verify(digest, signed, ready, signature)',
  },
  {
    name: 'signatures: a synchronous ECDSA verification reads longer signatures',
    file: 'src/jws/ecdsa-signature.ts',
    find: 'if (signature.length !== 2 * size) return undefined',
    replace: 'if (signature.length < 2 * size) return undefined',
  },
  {
    name: 'signatures: a synchronous RSA-PSS verification takes PKCS #1 v1.5',
    file: 'src/jws/node-verifier.ts',
    find: "algorithm.startsWith('PS') ? toRsaPssKey(ready, digest) : ready",
    replace: "algorithm.startsWith('XS') ? toRsaPssKey(ready, digest) : ready",
  },
  {
    name: 'signatures: a burst blocks the event loop',
    file: TURNS,
    find: 'start + cost - this.#began > LONGEST_TURN',
    replace: 'start + cost - this.#began > LONGEST_TURN * 9',
  },
  {
    name: 'signatures: a slow key blocks the event loop',
    file: TURNS,
    find: 'cost > LONGEST_SIGNATURE) {',
    replace: 'cost > LONGEST_SIGNATURE * 9) {',
  },
  {
    name: 'signatures: a quick refusal makes a slow key pass for a quick one',
    file: TURNS,
    find: 'const holds = await ways.elsewhere(signed, signature)\n      if (holds) this.#learn',
    replace: 'const holds = await ways.elsewhere(signed, signature)\n      this.#learn',
  },
]

export const SENDER_CONSTRAINT_MUTANTS: readonly Mutant[] = [...PROOF_MUTANTS]
