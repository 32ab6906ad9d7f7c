import { readFileSync, writeFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { METRICS, type MetricDefinition } from '../../src/opentelemetry/metrics.ts'

const GUIDE = 'docs/telemetry.md'
const HEAD = '| metric | type | unit | attributes | what |\n|---|---|---|---|---|\n'

/** The rows of the guide. `WRITE_DOCS=1` writes them. */
function rows(): string {
  return Object.values<MetricDefinition>(METRICS)
    .map(({ name, type, unit, attributes, description }) => {
      const quoted = attributes.map((attribute) => `\`${attribute}\``).join(', ')
      return `| \`${name}\` | ${type} | \`${unit}\` | ${quoted} | ${description} |\n`
    })
    .join('')
}

it('the table of metrics in docs/telemetry.md is what the code records', () => {
  const guide = readFileSync(GUIDE, 'utf8')
  const [before = '', after = ''] = guide.split(HEAD)
  const written = /^(?:\|.*\n)*/.exec(after)?.[0] ?? ''
  if (process.env.WRITE_DOCS === '1') {
    writeFileSync(GUIDE, before + HEAD + rows() + after.slice(written.length))
    return
  }
  expect(written).toBe(rows())
})

it('every metric has its own name, a unit and a description', () => {
  const names = Object.values(METRICS).map(({ name }) => name)
  expect(new Set(names).size).toBe(names.length)
  for (const { name, unit, description } of Object.values<MetricDefinition>(METRICS)) {
    expect(name).toMatch(/^(?:mcp_resource_server|mcp\.server)\.[a-z_.]+$/)
    expect(unit).toMatch(/^(?:s|\{[a-z]+\})$/)
    expect(description.length).toBeGreaterThan(20)
  }
})
