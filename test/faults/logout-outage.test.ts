import type { ResourceServer } from '../../src/resource-server/resource-server.ts'
import { createTestKey } from '../../src/testing/create-test-key.ts'
import { ask, eventually } from '../support/decisions.ts'
import { json, status } from '../support/issuers/answers.ts'
import { describe, expect, it } from '../support/issuers/it.ts'
import type { LocalIssuer } from '../support/issuers/local-issuer.ts'
import { LOGOUT_CLIENT, LOGOUT_EVENT, postLogout } from '../support/logout-tokens.ts'
import { MemorySharedStore } from '../support/memory-shared-store.ts'
import { answerOf } from '../support/tokens.ts'

const backchannelLogout = { clientIds: LOGOUT_CLIENT }

function logoutClaims(issuer: LocalIssuer, changes: object = {}) {
  const { seconds } = issuer.clock
  return {
    iss: issuer.issuer,
    aud: LOGOUT_CLIENT,
    iat: seconds,
    exp: seconds + 120,
    jti: crypto.randomUUID(),
    sid: 'session-1',
    events: { [LOGOUT_EVENT]: {} },
    ...changes,
  }
}

const logoutToken = (issuer: LocalIssuer, changes: object = {}) =>
  issuer.signer.sign(logoutClaims(issuer, changes), { typ: 'logout+jwt' })

const isRevoked = async (gate: ResourceServer, issuer: LocalIssuer) =>
  answerOf(await ask(gate, await issuer.token({ sid: 'session-1' }))).reason === 'token_revoked'

const AWAY = {
  status: 503,
  headers: { 'Cache-Control': 'no-store', 'Retry-After': expect.stringMatching(/^[1-9]\d*$/) },
  body: undefined,
}

describe('logout tokens while the keys of the issuer are away', () => {
  it.for<[string, (issuer: LocalIssuer) => void]>([
    ['the key set', (issuer: LocalIssuer) => issuer.keys.answers(status(500))],
    ['the metadata', (issuer: LocalIssuer) => issuer.discovery.answers(status(500))],
  ])(
    'BCL-3: %s: 503, and afterwards the same logout token counts',
    async ([, fail], { issuer }) => {
      const gate = issuer.gate({ backchannelLogout })
      fail(issuer)
      const token = await logoutToken(issuer)
      expect(await postLogout(gate, token)).toEqual(AWAY)
      issuer.discovery.answers(json(issuer.metadata()))
      issuer.publish(issuer.signer.publicKey)
      issuer.clock.advance(31)
      expect((await postLogout(gate, token)).status).toBe(200)
      expect(await isRevoked(gate, issuer)).toBe(true)
    },
  )

  it('BCL-3: a logout token that is signed with a new key counts', async ({ issuer }) => {
    const gate = await issuer.readyGate({ backchannelLogout })
    const signer = createTestKey()
    issuer.publish(issuer.signer.publicKey, signer.publicKey)
    const token = await signer.sign(logoutClaims(issuer), { typ: 'logout+jwt' })
    expect((await postLogout(gate, token)).status).toBe(200)
  })
})

describe('a flood of forged logout tokens', () => {
  it('BCL-1: of unknown keys causes one fetch of the key set in each cool-down', async ({
    issuer,
  }) => {
    const gate = await issuer.readyGate({ backchannelLogout })
    const before = issuer.keys.count()
    for (let count = 0; count < 50; count += 1) {
      const forger = createTestKey()
      const token = await forger.sign(logoutClaims(issuer), { typ: 'logout+jwt' })
      // The key set was fetched just now, so a new key may be missing in it. The sender may try again.
      expect((await postLogout(gate, token)).status).toBe(count === 0 ? 400 : 503)
    }
    expect(issuer.keys.count()).toBe(before + 1)
    expect((await postLogout(gate, await logoutToken(issuer))).status).toBe(200)
  })

  it.for<[string, object]>([
    ['no session and no subject', { sid: undefined }],
    ['another client', { aud: 'somebody' }],
    ['another issuer', { iss: 'https://evil.example' }],
    ['no event', { events: {} }],
    ['an expired one', { exp: 1 }],
  ])('BCL-1: %s: is refused before the key set is asked for', async ([, changes], { issuer }) => {
    const gate = issuer.gate({ backchannelLogout })
    expect((await postLogout(gate, await logoutToken(issuer, changes))).status).toBe(400)
    expect([issuer.discovery.count(), issuer.keys.count()]).toEqual([0, 0])
  })
})

describe('logout tokens while the shared store is away', () => {
  it.for(['down', 'hanging'] as const)(
    'BCL-2 BCL-3: %s: 503, it counts here, and the same token counts everywhere later',
    async (state, { issuer }) => {
      const store = new MemorySharedStore()
      const options = { sharedStore: { store, onOutage: 'local' } } as const
      const gate = issuer.gate({ backchannelLogout }, options)
      const other = issuer.gate({ backchannelLogout }, options)
      await Promise.all([gate.ready(), other.ready()])
      const token = await logoutToken(issuer)
      store.state = state
      expect(await postLogout(gate, token)).toEqual(AWAY)
      expect(await isRevoked(gate, issuer)).toBe(true)
      store.state = 'up'
      await eventually(async () => expect((await postLogout(gate, token)).status).toBe(200))
      await eventually(async () => expect(await isRevoked(other, issuer)).toBe(true))
      expect((await postLogout(other, token)).status).toBe(400)
    },
  )
})
