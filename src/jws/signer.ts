import { CompactSign } from 'jose/jws/compact/sign'
import { SIGNATURE_ALGORITHMS } from './algorithms.ts'
import { isOwnSigner, type OwnSigner, SigningError, signWithOwn } from './own-signer.ts'
import { type ReadSigningKey, readSigningKey, type SigningKey } from './signing-key.ts'
import { readKeyAlgorithm } from './verification-key.ts'

/** Signs JWTs with one key. @internal */
export interface Signer {
  /** The algorithm that is used unless the header names another one. */
  readonly algorithm: string
  /** Every algorithm that the key allows. An RSA key without `alg` allows several. */
  readonly algorithms: readonly string[]
  /** `kid`, if the operator gave one. It is put into the header. */
  readonly keyId: string | undefined
  /** The public half with `alg`, `use` and `kid`; `undefined` if it is not known. */
  publicJwk(): Readonly<Record<string, unknown>> | undefined
  /**
   * Makes a compact JWS.
   *
   * @param header an `alg` in it must be one of {@link algorithms}. A `kid` in it is used if there is no {@link keyId}.
   * @throws {SigningError} with a message that may be logged
   */
  sign(header: Readonly<Record<string, unknown>>, claims: object): Promise<string>
}

/** What the operator says about a key, beside the key itself. @internal */
export interface SignerOptions {
  readonly algorithm?: string | undefined
  readonly keyId?: string | undefined
}

/**
 * Makes a signer from the key in an option. The key must be asymmetric, and as strong as the keys that
 * tokens are verified with.
 *
 * @throws {TypeError} naming the option. Nothing of the key is in the message.
 * @internal
 */
export function createSigner(
  where: string,
  option: string,
  key: SigningKey,
  { algorithm, keyId }: SignerOptions = {},
): Signer {
  const read = isOwnSigner(key) ? readOwnSigner(key) : readSigningKey(key)
  const fail = (fault: string): TypeError =>
    new TypeError(`${where}: option \`${option}\` cannot be used for signing: ${fault}`)
  if ('fault' in read) throw fail(read.fault)
  const allowed = read.algorithms.filter((name) => algorithm === undefined || name === algorithm)
  const [first] = allowed
  if (first === undefined) {
    throw fail(`it is a key for ${read.algorithms.join(', ')}, not for ${String(algorithm)}`)
  }
  const kid = keyId ?? read.keyId
  const { publicJwk } = read
  const sign: Sign =
    'key' in read
      ? (header, payload) => signWithJose(read.key, header, payload)
      : (header, payload) => signWithOwn(read.own, header, payload)
  return {
    ...signerOf(sign, allowed, kid),
    publicJwk: () => publicJwk && { ...publicJwk, ...described(first, kid) },
  }
}

/** Bytes that a secret needs at least for each algorithm (RFC 7518 §3.2). */
const SECRET_BYTES = { HS256: 32, HS384: 48, HS512: 64 } as const

/**
 * Makes a signer from a client secret, for `client_secret_jwt` only. A secret is never accepted where a
 * signing key is expected.
 *
 * @returns what is wrong with the secret if it is too short for every algorithm
 * @internal
 */
export function createSecretSigner(secret: string): Signer | { readonly fault: string } {
  const key = new TextEncoder().encode(secret)
  const algorithms = Object.entries(SECRET_BYTES)
    .filter(([, least]) => key.length >= least)
    .map(([name]) => name)
  if (algorithms.length === 0) {
    return { fault: `it has ${key.length} bytes, and HS256 needs at least ${SECRET_BYTES.HS256}` }
  }
  const sign: Sign = (header, payload) => signWithJose(key, header, payload)
  return { ...signerOf(sign, algorithms, undefined), publicJwk: () => undefined }
}

type ProtectedHeader = Readonly<Record<string, unknown>> & { readonly alg: string }

type Sign = (header: ProtectedHeader, payload: Uint8Array) => Promise<string>

function signerOf(
  sign: Sign,
  algorithms: readonly string[],
  keyId: string | undefined,
): Omit<Signer, 'publicJwk'> {
  const [algorithm = ''] = algorithms
  return {
    algorithm,
    algorithms,
    keyId,
    async sign(header, claims) {
      const { alg = algorithm } = header
      if (typeof alg !== 'string' || !algorithms.includes(alg)) {
        throw new SigningError(`the signing key allows only ${algorithms.join(', ')}`)
      }
      const kid = keyId === undefined ? {} : { kid: keyId }
      return sign({ ...header, ...kid, alg }, new TextEncoder().encode(JSON.stringify(claims)))
    },
  }
}

async function signWithJose(
  key: ReadSigningKey['key'] | Uint8Array,
  header: ProtectedHeader,
  payload: Uint8Array,
): Promise<string> {
  try {
    return await new CompactSign(payload).setProtectedHeader(header).sign(key)
  } catch {
    throw new SigningError(`the platform could not sign with ${header.alg}`)
  }
}

type OwnRead = Omit<ReadSigningKey, 'key'> & { readonly own: OwnSigner }

function readOwnSigner(own: OwnSigner): OwnRead | { readonly fault: string } {
  const { algorithm, keyId, publicKey } = own
  if (!SIGNATURE_ALGORITHMS.includes(algorithm)) {
    return { fault: `its algorithm must be one of ${SIGNATURE_ALGORITHMS.join(', ')}` }
  }
  if (keyId !== undefined && typeof keyId !== 'string') return { fault: 'keyId is not a string' }
  if (publicKey === undefined) return { own, algorithms: [algorithm], keyId, publicJwk: undefined }
  const copy: Readonly<Record<string, unknown>> = { alg: algorithm, ...publicKey }
  const found = readKeyAlgorithm(copy, [algorithm])
  if ('fault' in found) return { fault: `publicKey: ${found.fault}` }
  const members = Object.entries(copy).filter(([name]) => PUBLIC_MEMBERS.has(name))
  return { own, algorithms: [algorithm], keyId, publicJwk: Object.fromEntries(members) }
}

/** The members of a JWK that may be published. Another member of the operator's object may be a secret. */
const PUBLIC_MEMBERS = new Set(['kty', 'crv', 'x', 'y', 'n', 'e', 'kid'])

function described(alg: string, kid: string | undefined): Readonly<Record<string, string>> {
  return { alg, use: 'sig', ...(kid === undefined ? {} : { kid }) }
}
