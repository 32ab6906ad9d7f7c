import { existsSync, globSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, inject, it } from 'vitest'
import { describeFinding, type Finding, run } from './support/target.ts'
import { TARGETS } from './targets/all.ts'

const seed = inject('seed')
const FINDINGS = fileURLToPath(new URL('./findings/', import.meta.url))

function findingsOf(target: string): readonly Finding[] {
  if (!existsSync(FINDINGS)) return []
  return globSync(`${FINDINGS}${target}-????????.json`).map((file) =>
    JSON.parse(readFileSync(file, 'utf8')),
  )
}

// Each of the two processes has every other target.
const mine = TARGETS.filter((_, at) => at % 2 === inject('half'))

describe(`the properties hold for random inputs, with the seed ${seed}`, () => {
  it.each(mine.map((target) => [target.name, target] as const))('%s', async (name, target) => {
    const before = process.cpuUsage()
    const attempt = await target.start()
    for (const { input } of findingsOf(name)) await attempt(input)
    const { executions, finding } = await run(target, attempt, seed, target.executions)
    const { user, system } = process.cpuUsage(before)
    const seconds = ((user + system) / 1e6).toFixed(1)
    console.log(`${name}: ${executions} executions, ${seconds} s of processor time`)
    expect(finding === undefined ? '' : describeFinding(finding)).toBe('')
    expect(executions).toBe(target.executions)
  })
})
