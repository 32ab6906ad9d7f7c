import { describe, expect, it } from 'vitest'
import { expressGuard } from '../../../src/adapters/express.ts'
import { fastifyGuard } from '../../../src/adapters/fastify.ts'
import { fetchGate } from '../../../src/adapters/fetch.ts'
import { honoGate, honoGuard } from '../../../src/adapters/hono.ts'
import { mcpGate } from '../../../src/adapters/mcp-server.ts'
import { nodeGate } from '../../../src/adapters/node.ts'
import { testResourceServer } from '../../support/tokens.ts'

describe('the options of a guard', () => {
  const guards: readonly [string, (options: object) => unknown][] = [
    ['expressGuard', (options) => expressGuard(testResourceServer(), options)],
    ['fastifyGuard', (options) => fastifyGuard(testResourceServer(), options)],
    ['honoGuard', (options) => honoGuard(testResourceServer(), options)],
    ['honoGate', (options) => honoGate(testResourceServer(), options)],
    ['fetchGate', (o) => fetchGate(testResourceServer(), () => new Response(), o)],
    ['nodeGate', (options) => nodeGate(testResourceServer(), () => {}, options)],
    ['mcpGate', (options) => mcpGate(testResourceServer(), options)],
  ]

  it.each(guards)(
    'MCP-13: of %s can be nothing but requiredScopes and `policy: false`',
    (name, guard) => {
      expect(() => guard({ requiredScopes: ['mcp:admin'], policy: false })).not.toThrow()
      for (const policy of [true, null, 0, '', {}, { tools: {} }]) {
        expect(() => guard({ policy }), JSON.stringify(policy)).toThrow(TypeError)
        expect(() => guard({ policy })).toThrow(
          `${name}: option \`policy\` must be false or left out`,
        )
      }
      for (const requiredScopes of [
        'mcp:admin',
        ['two words'],
        ['a"b'],
        ['offline_access'],
        [5],
        null,
      ]) {
        expect(() => guard({ requiredScopes }), JSON.stringify(requiredScopes)).toThrow(TypeError)
      }
      for (const other of ['allowedOrigins', 'sessions', 'streamGrace', 'scope', 'operation']) {
        expect(() => guard({ [other]: false })).toThrow(`${name}: there is no option \`${other}\``)
      }
    },
  )
})
