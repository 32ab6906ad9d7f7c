import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { describe, expect, it, onTestFinished } from 'vitest'
import { nodeGate } from '../../src/adapters/node.ts'
import { startTestIssuer } from '../../src/testing/index.ts'
import { listenDuringTest } from '../support/loopback.ts'
import { runCommand } from '../unit/cli/run-command.ts'

/** Some lines of a text. `…` alone in a line stands for any lines. */
function matcherOf(block: string): RegExp {
  const escaped = block.split('\n').map((line) => line.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'))
  return new RegExp(`^${escaped.join('\n').replaceAll('…\n', '(?:.*\n)*')}$`)
}

describe('README.md, "Find out what is wrong"', () => {
  it('shows what doctor prints of a token for another server', async () => {
    const server = createServer()
    const { origin } = await listenDuringTest(server)
    const issuer = await startTestIssuer({ resource: `${origin}/mcp`, scopes: ['mcp:tools'] })
    onTestFinished(() => issuer[Symbol.asyncDispose]())
    const resourceServer = issuer.resourceServer({ requiredScopes: ['mcp:tools'] })
    const gate = nodeGate(resourceServer, (_request, response) => void response.end())
    server.on('request', gate)
    const input = await issuer.token({ audience: 'https://notes.example.com/mcp' })
    const { out, code } = await runCommand(
      ['doctor', `${origin}/mcp`, '--issuer', issuer.issuer, '--token-file', '-'],
      { input },
    )
    expect(code).toBe(1)
    const shown = out
      .replaceAll(origin, 'https://mcp.example.com')
      .replaceAll(issuer.issuer, 'https://sso.example.com')
    const section =
      readFileSync('README.md', 'utf8').split('\n## Find out what is wrong\n')[1] ?? ''
    const [, transcript = ''] = /```console\n\$[^\n]*\n([\s\S]*?)```/.exec(section) ?? []
    expect(shown).toMatch(matcherOf(transcript))
  })
})
