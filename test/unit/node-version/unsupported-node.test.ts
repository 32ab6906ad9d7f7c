import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { unsupportedNode } from '../../../src/node-version/unsupported-node.ts'

describe('the version of Node', () => {
  it.each(['20.20.2', '22.12.0', '22.18.99', '18.0.0', '9.11.2'])(
    '%s is too old, and the message says what to do',
    (node) => {
      expect(unsupportedNode({ node })).toBe(
        `mcp-resource-server needs Node 22.19 or later; this is v${node}. Install a newer Node, or ` +
          'give this project one of its own: npm install --save-dev node@24, then npx node server.js',
      )
    },
  )

  it.each(['22.19.0', '22.20.1', '23.0.0', '24.21.0', '100.0.0', '24.0.0-nightly'])(
    '%s is supported',
    (node) => {
      expect(unsupportedNode({ node })).toBeUndefined()
    },
  )

  it.each(['bun', 'deno'])('%s is supported, whatever Node it stands in for', (runtime) => {
    expect(unsupportedNode({ node: '20.11.1', [runtime]: '1.0.0' })).toBeUndefined()
  })

  it('the running version is the one that is judged', () => {
    expect(unsupportedNode()).toBeUndefined()
  })

  it('the oldest supported version is that of package.json', () => {
    const { engines } = JSON.parse(readFileSync('package.json', 'utf8'))
    const oldest = engines.node.replace('>=', '')
    expect(unsupportedNode({ node: `${oldest}.0` })).toBeUndefined()
    const [major, minor] = oldest.split('.').map(Number)
    expect(unsupportedNode({ node: `${major}.${minor - 1}.0` })).toContain(
      `Node ${oldest} or later`,
    )
  })
})
