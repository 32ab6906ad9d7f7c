import { spawnSync } from 'node:child_process'
import { describe, expect, it } from 'vitest'

const SENTENCE =
  'mcp-resource-server needs Node 22.19 or later; this is v20.20.2. Install a newer Node, or ' +
  'give this project one of its own: npm install --save-dev node@24, then npx node server.js'

/** Makes this Node look like an old one: its version, and what undici does not find there. */
const OLD_NODE = `data:text/javascript,${encodeURIComponent(`
  import { syncBuiltinESMExports } from 'node:module'
  import zlib from 'node:zlib'
  Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '20.20.2' } })
  delete zlib.createZstdDecompress
  syncBuiltinESMExports()
`)}`

function onOldNode(...args: string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, ['--import', OLD_NODE, ...args], {
    encoding: 'utf8',
  })
  return { status, stdout, stderr }
}

describe('on Node 20', () => {
  it.each([['--version'], ['realm', '--resource', 'https://mcp.example.com/mcp'], []])(
    'the command line says which Node it needs, and ends with 1: %s',
    (...args) => {
      expect(onOldNode('dist/cli/main.js', ...args)).toEqual({
        status: 1,
        stdout: '',
        stderr: `${SENTENCE}\n`,
      })
    },
  )

  it.each([
    'mcp-resource-server',
    'mcp-resource-server/verifiers',
    'mcp-resource-server/token-exchange',
  ])('an import of %s says which Node it needs, before undici can fail', (name) => {
    const { status, stderr } = onOldNode('--input-type=module', '--eval', `import '${name}'`)
    expect(status).toBe(1)
    expect(stderr).toContain(`Error: ${SENTENCE}`)
    expect(stderr).not.toContain('undici')
  })
})
