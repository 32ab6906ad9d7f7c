import { execFileSync } from 'node:child_process'
import { beforeAll, expect, it } from 'vitest'
import { PATHS } from '../support/debian-packages.ts'
import { undoAfterAll } from '../support/undo.ts'
import { keepSending } from './support/keep-sending.ts'
import { startExample } from './support/start-example.ts'
import { type RunningPrometheus, startPrometheus } from './support/start-prometheus.ts'

const stop = undoAfterAll()
let prometheus: RunningPrometheus

beforeAll(async () => {
  const example = await startExample()
  stop.push(() => example.close())
  prometheus = await startPrometheus(example.target)
  stop.push(() => prometheus.close())
  stop.push(keepSending(example))
})

function promtool(...words: string[]): string {
  return execFileSync('promtool', words, {
    encoding: 'utf8',
    env: { ...process.env, PATH: PATHS },
  })
}

it('promtool accepts the rules and the configuration', () => {
  expect(promtool('check', 'rules', 'examples/telemetry/alerts.yml')).toContain('6 rules found')
  expect(promtool('check', 'config', 'examples/telemetry/prometheus.yml')).toContain('SUCCESS')
})

it('each alert fires when it should, and only then', () => {
  expect(promtool('test', 'rules', 'test/telemetry/alerts.test.yml')).toContain('SUCCESS')
})

it('Prometheus evaluates each rule without an error', async () => {
  await expect
    .poll(async () => (await prometheus.rules()).map(({ health }) => health), { timeout: 60_000 })
    .toEqual(['ok', 'ok', 'ok', 'ok', 'ok', 'ok'])
})

/** The selectors of an expression: a name with or without labels, or labels alone. */
const SELECTOR = /mcp_resource_server_\w+_(?:total|up)(?:\{[^}]*\})?|\{__name__[^}]*\}/g

it('every series that a rule asks for is there', async () => {
  const selectors = new Set(
    (await prometheus.rules()).flatMap(({ query }) => query.match(SELECTOR) ?? []),
  )
  expect(selectors.size).toBeGreaterThan(6)
  for (const selector of selectors) {
    await expect
      .poll(() => prometheus.query(`count(${selector})`), { timeout: 120_000, message: selector })
      .toHaveLength(1)
  }
})
