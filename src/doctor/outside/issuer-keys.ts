import { KEY_SET_DEFAULTS } from '../../authorization-server/options-schema.ts'
import { urlFault } from '../../http/secure-url.ts'
import { isObject } from '../../json-object.ts'
import { SIGNATURE_ALGORITHMS } from '../../jws/algorithms.ts'
import {
  hasPrivateMembers,
  importKey,
  readKeyAlgorithm,
  thumbprintOf,
} from '../../jws/verification-key.ts'
import { quoted } from '../../quoted.ts'
import type { Report } from '../examination.ts'
import { findingOf } from '../finding.ts'
import { AUTHORIZATION_SERVER_FINDINGS } from './authorization-server-catalogue.ts'
import { fetchDocument, type JsonDocument } from './json-document.ts'
import type { Probe } from './probe.ts'

/** Most keys that are looked at: more make a resource server refuse the set. */
const MAX_KEYS = KEY_SET_DEFAULTS.maxKeys

/** @internal */
export interface KeysOfIssuer {
  readonly probe: Probe
  readonly issuer: string
  /** The metadata of the authorization server. */
  readonly members: JsonDocument
  readonly allowInsecureHttp: boolean
}

type Code = keyof typeof AUTHORIZATION_SERVER_FINDINGS

/** Fetches the key set, and judges each key as a resource server does. @internal */
export async function examineKeys(
  { probe, issuer, members, allowInsecureHttp }: KeysOfIssuer,
  report: Report,
  signal: AbortSignal,
): Promise<void> {
  const { jwks_uri: url, introspection_endpoint: introspection } = members
  const say = (code: Code, seen: string): void =>
    report(findingOf(AUTHORIZATION_SERVER_FINDINGS, code, `${quoted(issuer)}: ${seen}`))
  if (url === undefined) {
    // Opaque tokens need introspection, and no keys.
    if (introspection === undefined)
      say('ENDPOINT_MISSING', 'neither jwks_uri nor introspection_endpoint')
    return
  }
  // What is wrong with the URL was reported with the other endpoints.
  if (typeof url !== 'string' || urlFault(url, allowInsecureHttp) !== undefined) return
  const document = await fetchDocument(probe, url, signal)
  if (signal.aborted) return
  if (document.state === 'failed') {
    const { kind, words } = document.failure
    const code = kind === 'out-of-reach' ? 'AUTHORIZATION_SERVER_OUT_OF_REACH' : 'KEYS_UNREACHABLE'
    say(code, `${quoted(url)} ${words}`)
  } else if (document.state !== 'read') {
    const code = document.state === 'missing' ? 'KEYS_UNREACHABLE' : 'KEYS_UNREADABLE'
    say(code, `${quoted(url)}: ${document.seen}`)
  } else if (!Array.isArray(document.members.keys)) {
    say('KEYS_UNREADABLE', `${quoted(url)}: keys is ${quoted(document.members.keys)}, not a list`)
  } else await judgeKeys(document.members.keys, say)
}

async function judgeKeys(
  keys: readonly unknown[],
  say: (code: Code, seen: string) => void,
): Promise<void> {
  if (keys.length > MAX_KEYS) {
    say('KEYS_UNREADABLE', `${keys.length} keys; a resource server reads at most ${MAX_KEYS}`)
    return
  }
  const faults: string[] = []
  const usable = new Map<string, string>()
  for (const key of keys.filter(isObject)) {
    const id = quoted(key.kid)
    if (hasPrivateMembers(key)) say('KEY_PRIVATE', `the key ${id} contains private members`)
    const read = readKeyAlgorithm(key, SIGNATURE_ALGORITHMS)
    const fault = 'fault' in read ? read.fault : undefined
    if (fault !== undefined) {
      faults.push(`${id}: ${fault}`)
      if (/modulus|exponent/.test(fault) && key.use !== 'enc')
        say('KEY_WEAK', `the key ${id}: ${fault}`)
      continue
    }
    if (!('algorithm' in read) || (await importKey(key, read.algorithm)) === undefined) {
      faults.push(`${id}: unreadable`)
      continue
    }
    const name = `${read.algorithm} ${JSON.stringify(key.kid)}`
    const thumbprint = (await thumbprintOf(key)) ?? ''
    if ((usable.get(name) ?? thumbprint) !== thumbprint) {
      say('KEY_ID_REPEATED', `several ${read.algorithm} keys have the kid ${id}`)
    }
    usable.set(name, thumbprint)
  }
  if (usable.size > 0) return
  say('KEYS_UNUSABLE', faults.length === 0 ? 'the key set is empty' : faults.join('; '))
}
