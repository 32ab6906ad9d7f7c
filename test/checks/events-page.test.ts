import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import * as telemetry from '../../src/telemetry/index.ts'

it('docs/events.md names every channel that mcp-resource-server/telemetry exports', () => {
  const channels = Object.keys(telemetry).filter((name) => /_(CHANNEL|TRACE)$/.test(name))
  expect(channels).toContain('DECISION_CHANNEL')
  const page = readFileSync('docs/events.md', 'utf8')
  expect(channels.filter((name) => !page.includes(`\`${name}\``))).toEqual([])
})
