import { ChallengeError } from '../errors/challenge-error.ts'
import { UnavailableError } from '../errors/unavailable-error.ts'
import { isObject } from '../json-object.ts'
import { sameAlgorithm } from '../jws/algorithms.ts'
import { parseStrictJsonObject } from '../jws/strict-json.ts'
import { importKey, readKeyAlgorithm, type VerificationKey } from '../jws/verification-key.ts'
import { quoted } from '../quoted.ts'
import type { Clock } from '../storage/clock.ts'
import { isThenable } from '../storage/maybe-promise.ts'
import { type KeySetState, showKeySet } from '../telemetry/states.ts'
import type { AuthorizationServer } from './authorization-server.ts'
import { KEY_SET_DEFAULTS, type KeySetSettings } from './options-schema.ts'
import { Refreshed } from './refreshed.ts'

/** A source of the public keys of one issuer. @internal */
export interface KeySource {
  /** Whether the keys must be fetched. */
  readonly remote: boolean
  /**
   * Finds the key for `alg` and `kid` of a token's header.
   *
   * @throws {ChallengeError} `key_unknown`, `key_ambiguous`
   * @throws {UnavailableError} `key_set_unavailable`, `discovery_failed`
   */
  find(algorithm: string, keyId: string | undefined): Promise<VerificationKey>
  /**
   * Returns the key for a header if this process has it. It fetches nothing.
   *
   * @throws {ChallengeError} `key_ambiguous`
   */
  known(algorithm: string, keyId: string | undefined): VerificationKey | undefined
  ready(): Promise<void>
  /**
   * Whether signatures by this key are still trusted. The key must still be in the issuer's key set, and
   * the set must not be too old. An old set is fetched again in the background.
   *
   * @param id the `id` of a {@link VerificationKey}
   */
  trusts(id: string): boolean
}

/** The issuer has no key for a header. @internal */
export class UnknownKeyError extends ChallengeError {
  /**
   * Seconds after which the issuer's keys may be fetched again, if they were not fetched for this header
   * because others have caused a fetch a moment ago.
   */
  readonly retryAfter: number | undefined

  constructor(algorithm: string, keyId: string | undefined, retryAfter?: number) {
    super(
      'key_unknown',
      `the issuer has no key with "alg" ${quoted(algorithm)} and "kid" ${quoted(keyId)}`,
    )
    this.retryAfter = retryAfter
  }
}

/** The usable keys of one key set, and their ids. */
interface Ring {
  readonly keys: readonly VerificationKey[]
  readonly ids: ReadonlySet<string>
  /** The ids of the RSA keys without `alg`. The issuer may use such a key for every RSA algorithm. */
  readonly undeclared: ReadonlySet<string>
}

/** Makes a key source that fetches the issuer's key set, and fetches it again when it is old. @internal */
export function createRemoteKeySet(
  server: AuthorizationServer,
  algorithms: readonly string[],
  clock: Clock,
  options: KeySetSettings = KEY_SET_DEFAULTS,
): KeySource {
  const { issuer, http } = server
  const { maxKeys } = options
  let latest: Ring | undefined
  const keys = new Refreshed<Ring>(
    async () => {
      const url = await server.endpoint('jwks_uri')
      try {
        const reply = await http.call({
          purpose: 'key_set',
          issuer,
          lane: 'documents',
          failure: 'key_set_unavailable',
          method: 'GET',
          url,
          headers: { accept: 'application/jwk-set+json, application/json' },
        })
        if (reply.status !== 200) throw unavailable(issuer, `${url}: HTTP ${reply.status}`)
        const entries = readEntries(reply.body, maxKeys, issuer)
        latest = await importKeys(entries, algorithms, issuer)
        return latest
      } catch (error) {
        server.reportFailure('jwks_uri')
        throw error
      }
    },
    {
      maxAge: options.maxAge,
      staleIfError: options.staleIfError,
      coolDown: options.unknownKeyCoolDown,
      clock,
    },
  )
  const source: KeySource & KeySetState = {
    remote: true,
    get age() {
      return http.closed ? undefined : keys.age
    },
    async find(algorithm, keyId) {
      const now = keys.get()
      const known = pick(isThenable(now) ? await now : now, algorithm, keyId)
      if (known !== undefined) return known
      // A server may use a new key as soon as it has published it. So fetch the key set if the key is
      // unknown. Try twice: the first fetch may be another caller's, begun before the key was published.
      for (let look = 0; look < 2; look += 1) {
        const fresh = await keys.refresh()
        if (fresh === undefined) {
          const retryAfter = look === 0 ? options.unknownKeyCoolDown : undefined
          throw new UnknownKeyError(algorithm, keyId, retryAfter)
        }
        const found = pick(fresh, algorithm, keyId)
        if (found !== undefined) return found
      }
      throw new UnknownKeyError(algorithm, keyId)
    },
    known: (algorithm, keyId) => latest && pick(latest, algorithm, keyId),
    async ready() {
      await keys.get()
    },
    trusts: (id) => keys.touch() && latest?.ids.has(id) === true,
  }
  showKeySet(issuer, source)
  return source
}

/** Makes a key source for the keys in the option `keys`. Nothing is fetched. @internal */
export function createGivenKeySet(
  entries: readonly Readonly<Record<string, unknown>>[],
  algorithms: readonly string[],
  issuer: string,
): KeySource {
  let loaded: Ring | undefined
  let loading: Promise<Ring> | undefined
  const load = (): Promise<Ring> => {
    loading ??= importKeys(entries, algorithms, issuer).then((ring) => {
      loaded = ring
      return ring
    })
    return loading
  }
  return {
    remote: false,
    async find(algorithm, keyId) {
      const key = pick(await load(), algorithm, keyId)
      if (key === undefined) throw new UnknownKeyError(algorithm, keyId)
      return key
    },
    known: (algorithm, keyId) => loaded && pick(loaded, algorithm, keyId),
    async ready() {
      await load()
    },
    trusts: (id) => loaded?.ids.has(id) === true,
  }
}

function readEntries(body: Uint8Array, maxKeys: number, issuer: string): Record<string, unknown>[] {
  let keys: unknown
  try {
    keys = parseStrictJsonObject(body).keys
  } catch (error) {
    throw unavailable(issuer, (error as Error).message)
  }
  if (!Array.isArray(keys)) throw unavailable(issuer, '"keys" is not a list')
  if (keys.length > maxKeys) {
    throw unavailable(issuer, `${keys.length} keys; keySet.maxKeys is ${maxKeys}`)
  }
  return keys.filter(isObject)
}

/**
 * Imports the keys that can verify signatures, and skips the others. So one bad key does not make the
 * set useless (RFC8725-2). A set without a usable key fails, so that it does not replace a good set.
 */
async function importKeys(
  entries: readonly Readonly<Record<string, unknown>>[],
  algorithms: readonly string[],
  issuer: string,
): Promise<Ring> {
  const faults: string[] = []
  const ring = new Map<string, VerificationKey>()
  const undeclared = new Set<string>()
  for (const entry of entries) {
    const read = readKeyAlgorithm(entry, algorithms)
    const key = 'fault' in read ? undefined : await importKey(entry, read.algorithm)
    if (key === undefined) {
      faults.push(`${quoted(entry.kid)}: ${'fault' in read ? read.fault : 'unreadable'}`)
      continue
    }
    ring.set(key.id, key)
    if (entry.kty === 'RSA' && entry.alg === undefined) undeclared.add(key.id)
  }
  if (ring.size === 0) {
    throw unavailable(issuer, `no key that can verify (${faults.join('; ') || 'the set is empty'})`)
  }
  const keys = [...ring.values()]
  return { keys, ids: new Set(keys.map(({ id }) => id)), undeclared }
}

/**
 * Finds the key with this algorithm and this `kid`; without a `kid`, the only key that fits. An RSA key
 * without `alg` has one algorithm here. But it may be meant for another RSA algorithm, so beside a key
 * that declares that algorithm it is a second key that fits.
 */
function pick(
  { keys, undeclared }: Ring,
  algorithm: string,
  keyId: string | undefined,
): VerificationKey | undefined {
  const name = sameAlgorithm(algorithm)
  const isRsa = /^[RP]S/.test(name)
  const fitting = keys.filter(
    (candidate) =>
      (keyId === undefined || candidate.keyId === keyId) &&
      (candidate.algorithm === name || (isRsa && undeclared.has(candidate.id))),
  )
  const key = fitting.find((candidate) => candidate.algorithm === name)
  if (key !== undefined && fitting.length > 1) {
    throw new ChallengeError(
      'key_ambiguous',
      `several keys fit "alg" ${quoted(algorithm)} and "kid" ${quoted(keyId)}`,
    )
  }
  return key
}

function unavailable(issuer: string, message: string): UnavailableError {
  return new UnavailableError('key_set_unavailable', `key set of ${issuer}: ${message}`)
}
