// Runs published JWS vectors (C2SP/wycheproof, json_web_signature_test.json) against the signature
// seam: `npm run vectors -- <file>`. The data is not part of the project.
//
// One that is called invalid must be refused somewhere: by form, by key or by signature. One that is
// called valid must hold, unless form or key are refused on purpose: lenient base64, symmetric keys,
// RSA keys that do not say their algorithm with another one than the default.
import { readFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { SIGNATURE_ALGORITHMS, sameAlgorithm } from '../src/authorization-server/algorithms.ts'
import { importKey, judgeKey } from '../src/authorization-server/verification-key.ts'
import { requireSignature } from '../src/verifiers/signature.ts'

interface Vector {
  readonly tcId: number
  readonly comment: string
  readonly jws: unknown
  readonly result: 'valid' | 'invalid'
}

const DEFAULT = '../shared/corpora/wycheproof/json_web_signature_test.json'
const { positionals } = parseArgs({ allowPositionals: true })
const file = positionals[0] ?? DEFAULT

/** Whether a JWS holds, or why not. The payloads are no claims, so the seam is fed by hand. */
async function verdict(jws: unknown, jwk: Record<string, unknown>): Promise<string> {
  if (typeof jws !== 'string') return 'not compact'
  const [header = '', payload = '', signature = '', ...rest] = jws.split('.')
  const parts = [header, payload, signature].map((part) => Buffer.from(part, 'base64url'))
  const canonical = parts.map((part) => part.toString('base64url')).join('.')
  if (rest.length > 0 || canonical !== jws) return 'not canonical'
  const { alg, crit, b64 } = JSON.parse(String(parts[0])) as Record<string, unknown>
  if (crit !== undefined || b64 !== undefined) return 'critical'
  const judged = judgeKey(jwk, SIGNATURE_ALGORITHMS)
  if ('fault' in judged) return `key passed over: ${judged.fault}`
  if (sameAlgorithm(String(alg)) !== judged.algorithm) return 'another algorithm than the key’s'
  const key = await importKey(jwk, judged.algorithm)
  if (key === undefined) return 'key passed over: unreadable'
  const claims = {}
  const read = { compact: jws, algorithm: String(alg), keyId: undefined, type: undefined, claims }
  return requireSignature({ ...read, signature: parts[2] ?? Buffer.alloc(0) }, key).then(
    () => 'holds',
    () => 'does not hold',
  )
}

let data: { testGroups: { private?: object; public?: object; tests: Vector[] }[] }
try {
  data = JSON.parse(readFileSync(file, 'utf8'))
} catch {
  console.error(`There are no vectors at ${file}: give the path of json_web_signature_test.json.`)
  process.exit(2)
}
const tally = new Map<string, number>()
const wrong: string[] = []
for (const group of data.testGroups) {
  const jwk = (group.public ?? group.private ?? {}) as Record<string, unknown>
  for (const { tcId, comment, jws, result } of group.tests) {
    const outcome = await verdict(jws, jwk).catch((error: Error) => `malformed: ${error.name}`)
    const line = `${result}: ${outcome}`
    tally.set(line, (tally.get(line) ?? 0) + 1)
    // Being stricter than a vector is meant; accepting a bad one, or computing wrongly, is not.
    const bad = result === 'invalid' ? 'holds' : 'does not hold'
    if (outcome === bad) wrong.push(`${tcId} ${comment}: ${line}`)
  }
}
console.table([...tally].sort().map(([outcome, vectors]) => ({ outcome, vectors })))
for (const line of wrong) console.error(`WRONG ${line}`)
process.exitCode = wrong.length > 0 ? 1 : 0
