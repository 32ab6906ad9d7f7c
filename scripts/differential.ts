/**
 * Compares this package with others, on generated input:
 *
 * - `npm run differential -- resources 1000000 1`: the rules for resources against the dispatch of both MCP
 *   SDKs. A further argument names another module with `createPolicy`.
 * - `npm run differential -- tokens 1000000 1`: mutants of tokens against jose and oauth4webapi.
 * - `npm run differential -- keys 1000000 1`: mutants of key sets, with the same three.
 * - `npm run differential -- requests 5000 1`: bytes on a connection to a server of each adapter.
 * - `npm run differential -- signatures 1000000 1`: damaged signatures; node:crypto, WebCrypto and jose.
 *
 * The numbers are the count and a seed. With `--write` behind them, all but the first write their part of
 * test/differential/DISAGREEMENTS.md. With `--write --add`, tokens and keys add their counts to what the part
 * says, so that several runs with different seeds make one count. Ctrl-C ends a run early, and writes.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { parseArgs } from 'node:util'
import { createPolicy } from '../src/mcp/policy/policy.ts'
import {
  addEarlier,
  classTable,
  requestSummary,
  requestTable,
  signatureTable,
  tokenSummary,
} from '../test/differential/report.ts'
import { compareRequests } from '../test/differential/requests.ts'
import { compareSignatures } from '../test/differential/signatures.ts'
import { compareKeySets, compareTokens } from '../test/differential/tokens.ts'
import { differential } from '../test/support/differential/differential.ts'

const REPORT = new URL('../test/differential/DISAGREEMENTS.md', import.meta.url)

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: {
    write: { type: 'boolean', default: false },
    add: { type: 'boolean', default: false },
  },
})
const [what = '', countText = '100000', seedText = '1', other] = positionals
const count = Number(countText)
const seed = Number(seedText)

let stopped = false
// Ctrl-C ends a long run early, and the results so far are written.
process.once('SIGINT', () => {
  stopped = true
})

const goOn = (done: number): boolean => {
  if (done > 0 && done % 65_536 === 0) console.error(`${done} of ${count}`)
  return !stopped
}

const part = new RegExp(`(<!-- ${what} -->\n)[^]*(<!-- end of ${what} -->)`)

/** What the report says between the marks of this comparison. */
function written(): string {
  const [text] = part.exec(readFileSync(REPORT, 'utf8')) ?? []
  if (text === undefined) throw new Error(`the report has no part ${what}`)
  return text
}

/** Replaces the part of the report between two marks. */
function write(text: string): void {
  console.log(text)
  if (!values.write) return
  const report = readFileSync(REPORT, 'utf8')
  if (!part.test(report)) throw new Error(`the report has no part ${what}`)
  writeFileSync(
    REPORT,
    report.replace(part, (_all, begin, end) => `${begin}\n${text}\n\n${end}`),
  )
}

function fail(failures: readonly string[]): void {
  for (const failure of failures.slice(0, 20)) console.error(failure)
  if (failures.length > 0) process.exitCode = 1
}

const seedWords = `Seed ${seed}, Node ${process.versions.node}.`

if (what === 'resources') {
  const module: { createPolicy: typeof createPolicy } =
    other === undefined ? { createPolicy } : await import(pathToFileURL(resolve(other)).href)
  const { leaks, ...counts } = await differential(count, seed, module.createPolicy)
  console.log({ ...counts, leaks: leaks.length })
  fail(leaks)
} else if (what === 'tokens' || what === 'keys') {
  const compare = what === 'tokens' ? compareTokens : compareKeySets
  const counts = await compare(count, seed, goOn)
  const earlier = values.add ? addEarlier(written(), counts) : undefined
  const words =
    earlier === undefined ? seedWords : seedWords.replace('Seed', `Seeds ${earlier.seeds},`)
  const all = earlier ?? counts
  write(`${tokenSummary(all)} ${words}\n\n${classTable(all)}`)
  fail(counts.failures)
} else if (what === 'signatures') {
  const counts = await compareSignatures(count, seed, goOn)
  const { disagreements } = counts
  const total = [...counts.compared.values()].reduce((sum, line) => sum + line.total, 0)
  write(
    `${total.toLocaleString('en-GB')} compared, ${disagreements.length} disagreements. ${seedWords}\n\n${signatureTable(counts)}`,
  )
  fail(disagreements)
} else if (what === 'requests') {
  const counts = await compareRequests(count, seed, goOn)
  write(`${requestSummary(counts)} ${seedWords}\n\n${requestTable(counts)}`)
  fail(counts.failures)
} else {
  console.error(
    'expected resources, tokens, keys, requests or signatures; see scripts/differential.ts',
  )
  process.exitCode = 1
}
