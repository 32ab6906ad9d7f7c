import crypto from 'node:crypto'
import { syncBuiltinESMExports } from 'node:module'

/** What some work has cost, in numbers that do not depend on the machine. */
export interface Work {
  readonly parses: number
  /** Characters that were given to `JSON.parse`. */
  readonly parsedCharacters: number
  readonly signatureChecks: number
}

/** Counts calls of `JSON.parse` and checks of signatures, by `node:crypto` and by WebCrypto, while some work runs. */
export async function countWork(work: () => Promise<unknown>): Promise<Work> {
  const counts = { parses: 0, parsedCharacters: 0, signatureChecks: 0 }
  const { parse } = JSON
  const { verify } = crypto
  const { subtle } = globalThis.crypto
  JSON.parse = (text, reviver) => {
    counts.parses += 1
    counts.parsedCharacters += String(text).length
    return parse(text, reviver)
  }
  crypto.verify = ((...given: Parameters<typeof verify>) => {
    counts.signatureChecks += 1
    return verify(...given)
  }) as typeof verify
  syncBuiltinESMExports()
  const verifyThere = subtle.verify
  subtle.verify = (...given) => {
    counts.signatureChecks += 1
    return verifyThere.apply(subtle, given)
  }
  try {
    await work()
  } finally {
    JSON.parse = parse
    crypto.verify = verify
    syncBuiltinESMExports()
    subtle.verify = verifyThere
  }
  return counts
}
