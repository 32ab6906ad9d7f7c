import { randomBytes } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import type { ResourceServerOptions } from '../../../src/resource-server/options.ts'
import { createResourceServer } from '../../../src/resource-server/resource-server.ts'
import { MemorySharedStore } from '../../support/memory-shared-store.ts'
import { INTROSPECTION, ISSUER, RESOURCE } from '../../support/tokens.ts'

const KEY = randomBytes(32).toString('base64')
const store = new MemorySharedStore()
const SERVER = { issuer: ISSUER, introspection: INTROSPECTION }

/** The message of the TypeError for these options; `undefined` if they are accepted. */
function refusal(shared: object, more: object = {}): string | undefined {
  const sharedStore = { store, ...shared }
  try {
    const options = { resource: RESOURCE, authorizationServer: SERVER, sharedStore, ...more }
    void createResourceServer(options as ResourceServerOptions).close()
    return undefined
  } catch (error) {
    expect(error).toBeInstanceOf(TypeError)
    return (error as TypeError).message
  }
}

describe('the options of the shared store', () => {
  it.each(['introspection', 'sessions'])('%s without a key says how to make one', (option) => {
    expect(refusal({ [option]: true })).toBe(
      `createResourceServer: option \`sharedStore.sealingKeys\` must be set together with \`sharedStore.${option}\`: openssl rand -base64 32; got nothing`,
    )
    expect(refusal({ [option]: true, sealingKeys: KEY })).toBeUndefined()
    expect(refusal({ [option]: true, sealingKeys: [KEY, KEY] })).toBeUndefined()
  })

  it.each([
    'secret',
    '',
    'A'.repeat(43),
    randomBytes(16).toString('hex'),
    5,
    null,
    {},
    [],
    ['secret'],
    [KEY, 'secret'],
    [KEY, 5],
  ])('sealingKeys %j is refused, and not shown', (sealingKeys) => {
    const message = refusal({ sessions: true, sealingKeys })
    expect(message).toMatch(/^createResourceServer: option `sharedStore\.sealingKeys/)
    expect(message).not.toContain('secret')
    expect(message).not.toContain(KEY)
  })

  it.each(['introspection', 'sessions'])('%s must be true or false', (option) => {
    for (const value of ['true', 1, null, {}]) {
      expect(refusal({ [option]: value, sealingKeys: KEY })).toContain(`sharedStore.${option}`)
    }
  })

  it.each<[string, object, object]>([
    ['sessions', { sessions: true }, { sessions: 'none' }],
    ['sessions', { sessions: true }, { sessions: 'unchecked' }],
    ['introspection', { introspection: true }, { cache: false }],
    ['introspection', { introspection: true }, { authorizationServer: ISSUER }],
    ['introspection', { introspection: true }, { verifier: { verify: async () => {} } }],
  ])('%s that has no effect is refused: %j, %j', (option, shared, more) => {
    const message = refusal({ sealingKeys: KEY, ...shared }, more)
    expect(message).toContain(`\`sharedStore.${option}\` has no effect`)
  })
})
