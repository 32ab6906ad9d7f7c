import { beforeAll, describe, expect, it } from 'vitest'
import { METRICS, type MetricDefinition } from '../../src/opentelemetry/metrics.ts'
import { undoAfterAll } from '../support/undo.ts'
import { dashboard, panels, withVariables } from './support/dashboard.ts'
import { keepSending } from './support/keep-sending.ts'
import { type RunningExample, startExample } from './support/start-example.ts'
import { type RunningPrometheus, startPrometheus } from './support/start-prometheus.ts'

const stop = undoAfterAll()
let example: RunningExample
let prometheus: RunningPrometheus

beforeAll(async () => {
  example = await startExample()
  stop.push(() => example.close())
  prometheus = await startPrometheus(example.target)
  stop.push(() => prometheus.close())
  stop.push(keepSending(example))
})

/** Waits until an expression has a value. A limit of the test ends the wait. */
async function values(expression: string): Promise<readonly number[]> {
  return expect
    .poll(async () => (await prometheus.query(expression)).map(({ value }) => value), {
      timeout: 150_000,
      interval: 250,
      message: expression,
    })
    .toSatisfy((found: number[]) => found.some((value) => !Number.isNaN(value)))
    .then(async () => (await prometheus.query(expression)).map(({ value }) => value))
}

const queries = panels.flatMap(({ title, targets = [] }) =>
  targets.map(({ expr }) => [title, withVariables(expr)] as const),
)

it.each(queries)('the panel "%s" has data: %s', async (_title, expression) => {
  await values(expression)
})

it('every query has the variables of the dashboard, and no other', () => {
  const expressions = panels.flatMap(({ targets = [] }) => targets.map(({ expr }) => expr))
  expect(expressions.length).toBeGreaterThan(20)
  for (const expression of expressions) {
    expect(expression).toContain('instance=~"$instance"')
    expect(withVariables(expression)).not.toContain('$')
  }
})

describe('the dashboard imports without edits', () => {
  it('it has a variable for the data source, and every panel and query uses it', () => {
    expect(dashboard).not.toHaveProperty('__inputs')
    expect(dashboard.templating.list[0]).toMatchObject({ name: 'datasource', type: 'datasource' })
    for (const { datasource, targets = [] } of panels) {
      for (const uid of [datasource?.uid, ...targets.map((target) => target.datasource.uid)]) {
        // biome-ignore lint/suspicious/noTemplateCurlyInString: a variable of Grafana
        expect(uid).toBe('${datasource}')
      }
    }
  })

  it.each(panels.map((panel) => [panel.title, panel] as const))(
    '"%s" has a unit, a description and thresholds',
    (_title, { description = '', fieldConfig, targets = [] }) => {
      expect(description.length).toBeGreaterThan(20)
      expect(fieldConfig?.defaults.unit).toMatch(/^\w+$/)
      expect(fieldConfig?.defaults.thresholds.steps.length).toBeGreaterThan(0)
      expect(targets.length).toBeGreaterThan(0)
    },
  )

  it('no panel covers another', () => {
    const cells = new Set<string>()
    for (const { title, gridPos } of dashboard.panels) {
      expect(gridPos.x + gridPos.w, title).toBeLessThanOrEqual(24)
      for (let x = gridPos.x; x < gridPos.x + gridPos.w; x += 1) {
        for (let y = gridPos.y; y < gridPos.y + gridPos.h; y += 1) {
          expect(cells.has(`${x} ${y}`), `${title} at ${x} ${y}`).toBe(false)
          cells.add(`${x} ${y}`)
        }
      }
    }
  })
})

/** A name of OpenTelemetry as Prometheus writes it. */
const sanitized = (name: string): string => name.replaceAll(/\W/g, '_')

/** Labels that are not attributes of a metric: of the target, of the scope, and of a bucket. */
const COMMON = ['__name__', 'instance', 'job', 'otel_scope_name', 'otel_scope_version', 'le']

it.each(Object.values<MetricDefinition>(METRICS))(
  'Prometheus has $name with the documented labels',
  async ({ name, type, attributes }) => {
    const scraped =
      sanitized(name) + { counter: '_total', histogram: '_count', 'observable gauge': '' }[type]
    await values(scraped)
    const series = await prometheus.series(scraped)
    for (const labels of series) {
      const own = Object.keys(labels).filter((label) => !COMMON.includes(label))
      expect(attributes.map(sanitized)).toEqual(expect.arrayContaining(own))
    }
  },
)

it('every outcome was seen, and the traffic got every status', async () => {
  for (const outcome of ['allowed', 'challenged', 'refused', 'unavailable']) {
    await values(
      `mcp_resource_server_decisions_total{mcp_resource_server_outcome="${outcome}"} > 0`,
    )
  }
  expect([...example.traffic.statuses.keys()].sort()).toEqual([200, 400, 401, 403, 503])
})

it('S1.13: no label has a token, a subject, a client id or a tool that a caller made up', async () => {
  await values('mcp_server_operation_duration_count{gen_ai_tool_name="forecast"}')
  const series = await prometheus.series('{job="mcp"}')
  const text = JSON.stringify(series)
  expect(series.length).toBeGreaterThan(50)
  for (const secret of ['eyJ', 'no_such_tool', 'demo-service', 'elsewhere.example', 'nonsense']) {
    expect(text).not.toContain(secret)
  }
})
