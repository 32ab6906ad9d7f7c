/**
 * Fuzzes for as long as you like: `npm run fuzz -- --minutes 120 --target tokens --seed 1`. Without
 * `--target`, all targets take turns. A finding is printed, and written to test/fuzz/findings.
 */
import { createHash } from 'node:crypto'
import { mkdirSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { describeFinding, type Finding, run } from '../test/fuzz/support/target.ts'
import { TARGETS } from '../test/fuzz/targets/all.ts'

const ROOT = new URL('../', import.meta.url).href

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '10' },
    target: { type: 'string' },
    seed: { type: 'string' },
    executions: { type: 'string', default: '5000' },
  },
})
const names = TARGETS.map(({ name }) => name)
if (values.target !== undefined && !names.includes(values.target)) {
  throw new TypeError(`there is no target ${values.target}; use one of ${names.join(', ')}`)
}
const seed = Number(values.seed ?? Date.now() % 2 ** 31)
const executions = Number(values.executions)
const end = performance.now() + Number(values.minutes) * 60_000
console.log(`seed ${seed}`)

const rejected: unknown[] = []
process.on('unhandledRejection', (reason) => rejected.push(reason))

const chosen = TARGETS.filter(({ name }) => name === (values.target ?? name))
const attempts = await Promise.all(chosen.map((target) => target.start()))
const totals = new Map<string, number>()
const findings: Finding[] = []
/** Targets with a finding. They are not tried again, because the same input would be found again. */
const done = new Set<string>()
for (let round = 0; performance.now() < end && done.size < chosen.length; round += 1) {
  for (const [at, target] of chosen.entries()) {
    const attempt = attempts[at]
    if (attempt === undefined || done.has(target.name) || performance.now() >= end) continue
    const outcome = await run(target, attempt, seed + round, executions)
    totals.set(target.name, (totals.get(target.name) ?? 0) + outcome.executions)
    const late = rejected.splice(0).map((reason) => ({
      target: target.name,
      seed: seed + round,
      input: 'unknown: an unhandled rejection',
      error: reason instanceof Error ? (reason.stack ?? reason.message) : String(reason),
    }))
    for (const finding of [...late, ...(outcome.finding ? [outcome.finding] : [])]) {
      done.add(target.name)
      findings.push(finding)
      keep(finding)
      console.log(describeFinding(finding))
    }
  }
}
for (const [name, count] of totals) console.log(`${name}: ${count} executions`)
console.log(`seed ${seed}: ${findings.length} findings`)
process.exit(findings.length > 0 ? 1 : 0)

function keep(finding: Finding): void {
  const folder = new URL('../test/fuzz/findings/', import.meta.url)
  mkdirSync(folder, { recursive: true })
  // The file is committed, and stack frames begin with the folder of this checkout.
  const error = finding.error.replaceAll(ROOT, '')
  const text = `${JSON.stringify({ ...finding, error }, undefined, 2)}\n`
  const digest = createHash('sha256').update(text).digest('hex').slice(0, 8)
  const file = new URL(`${finding.target}-${digest}.json`, folder)
  writeFileSync(file, text)
  console.log(`written: ${fileURLToPath(file)}`)
}
