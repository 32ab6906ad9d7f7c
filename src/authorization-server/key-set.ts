import { ChallengeError, UnavailableError } from '../errors.ts'
import { isObject } from '../json-object.ts'
import { quoted } from '../quoted.ts'
import type { Clock } from '../storage/clock.ts'
import { parseStrictJsonObject } from '../token/strict-json.ts'
import { sameAlgorithm } from './algorithms.ts'
import type { Discovery } from './discovery.ts'
import type { HttpClient } from './http/http-client.ts'
import { Refreshed } from './refreshed.ts'
import { importKey, judgeKey, type VerificationKey } from './verification-key.ts'

/** How a fetched key set is kept. Defaults suit Keycloak, which sends `Cache-Control: no-cache`. */
export interface KeySetOptions {
  /** Seconds for which a fetched set is fresh; default 300. */
  readonly maxAge?: number
  /** Seconds beyond `maxAge` for which the old set serves while none can be fetched; default 3600. */
  readonly staleIfError?: number
  /** Seconds between two fetches on account of unknown `kid`s; default 10. */
  readonly unknownKeyCoolDown?: number
  /** Most keys in one set; default 100. */
  readonly maxKeys?: number
}

/** The keys of one issuer. @internal */
export interface KeySource {
  /**
   * The key that a token's header names.
   *
   * @throws {ChallengeError} `key_unknown`, `key_ambiguous`
   * @throws {UnavailableError} `key_set_unavailable`, `discovery_failed`
   */
  find(algorithm: string, keyId: string | undefined): Promise<VerificationKey>
  ready(): Promise<void>
  /**
   * Whether a signature that was checked earlier with this key still counts: the issuer still has the
   * key, and the set is not too old to say so. An old set is fetched again in the background.
   *
   * @param id of a {@link VerificationKey}
   */
  trusts(id: string): boolean
}

/** The keys of one set, and their ids. */
interface Ring {
  readonly keys: readonly VerificationKey[]
  readonly ids: ReadonlySet<string>
}

/** @internal */
export interface RemoteKeySetOptions extends KeySetOptions {
  readonly issuer: string
  readonly algorithms: readonly string[]
  readonly http: HttpClient
  readonly clock: Clock
  /** The set's URL, or where to learn it. */
  readonly from: string | Discovery
}

/** Keys that are fetched, and kept fresh. @internal */
export function createRemoteKeySet(options: RemoteKeySetOptions): KeySource {
  const { issuer, algorithms, http, clock, from, maxKeys = 100 } = options
  let latest: Ring | undefined
  const keys = new Refreshed<Ring>(
    async () => {
      const url = typeof from === 'string' ? from : await from.endpoint('jwks_uri')
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
        if (typeof from !== 'string') from.expire()
        throw error
      }
    },
    {
      maxAge: options.maxAge ?? 300,
      staleIfError: options.staleIfError ?? 3600,
      coolDown: options.unknownKeyCoolDown ?? 10,
      clock,
    },
  )
  return {
    async find(algorithm, keyId) {
      const now = keys.get()
      const known = pick(now instanceof Promise ? await now : now, algorithm, keyId)
      if (known !== undefined) return known
      // A new key is used as soon as it is published, so an unknown one is a reason to look. The
      // second look is for one that joined a fetch which had begun before the key was there.
      for (let look = 0; look < 2; look += 1) {
        const fresh = await keys.refresh()
        if (fresh === undefined) break
        const found = pick(fresh, algorithm, keyId)
        if (found !== undefined) return found
      }
      throw unknown(algorithm, keyId)
    },
    async ready() {
      await keys.get()
    },
    trusts: (id) => keys.touch() && latest?.ids.has(id) === true,
  }
}

/** Keys that were given as an option. @internal */
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
    async find(algorithm, keyId) {
      const key = pick(await load(), algorithm, keyId)
      if (key === undefined) throw unknown(algorithm, keyId)
      return key
    },
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
 * Passes over what cannot serve, so that one bad key does not spoil the set (RFC8725-2). A set
 * without any that can is no set: it must not take the place of a good one.
 */
async function importKeys(
  entries: readonly Readonly<Record<string, unknown>>[],
  algorithms: readonly string[],
  issuer: string,
): Promise<Ring> {
  const faults: string[] = []
  const ring = new Map<string, VerificationKey>()
  for (const entry of entries) {
    const verdict = judgeKey(entry, algorithms)
    const key = 'fault' in verdict ? undefined : await importKey(entry, verdict.algorithm)
    if (key === undefined) {
      faults.push(`${quoted(entry.kid)}: ${'fault' in verdict ? verdict.fault : 'unreadable'}`)
    } else ring.set(key.id, key)
  }
  if (ring.size === 0) {
    throw unavailable(issuer, `no key that can verify (${faults.join('; ') || 'the set is empty'})`)
  }
  const keys = [...ring.values()]
  return { keys, ids: new Set(keys.map(({ id }) => id)) }
}

/** Both the algorithm and the `kid` must fit. Without `kid` only a sole candidate will do. */
function pick(
  ring: Ring,
  algorithm: string,
  keyId: string | undefined,
): VerificationKey | undefined {
  const name = sameAlgorithm(algorithm)
  const [key, second] = ring.keys.filter(
    (candidate) =>
      candidate.algorithm === name && (keyId === undefined || candidate.keyId === keyId),
  )
  if (second !== undefined) {
    throw new ChallengeError(
      'key_ambiguous',
      `several keys fit "alg" ${quoted(algorithm)} and "kid" ${quoted(keyId)}`,
    )
  }
  return key
}

function unknown(algorithm: string, keyId: string | undefined): ChallengeError {
  return new ChallengeError(
    'key_unknown',
    `the issuer has no key with "alg" ${quoted(algorithm)} and "kid" ${quoted(keyId)}`,
  )
}

function unavailable(issuer: string, message: string): UnavailableError {
  return new UnavailableError('key_set_unavailable', `key set of ${issuer}: ${message}`)
}
