import { beforeEach, describe, expect, it } from 'vitest'
import type { ChallengeReason } from '../../../src/errors/reasons.ts'
import { claimedIdentity, printableIdentity } from '../../../src/gate/loops/claimed-identity.ts'
import { ClientLoops } from '../../../src/gate/loops/client-loops.ts'
import { CLIENT_LOOPING_CHANNEL, type ClientLoopingEvent } from '../../../src/telemetry/events.ts'
import { PresentedToken } from '../../../src/token/presented-token.ts'
import type { VerifiedToken } from '../../../src/token/verified-token.ts'
import type { TokenVerification } from '../../../src/verification/verification.ts'
import { collectEvents } from '../../support/events.ts'
import { base64url, ISSUER, NOW, RESOURCE, VERIFIED } from '../../support/tokens.ts'
import { collectWarnings } from '../../support/warnings.ts'

const loops = collectEvents<ClientLoopingEvent>(CLIENT_LOOPING_CHANNEL)
const warnings = collectWarnings()

let now: number
let tokens: number
beforeEach(() => {
  now = NOW
  tokens = 0
})

const ALICE: VerifiedToken = { ...VERIFIED, issuedAt: NOW }
const BOB: VerifiedToken = { ...ALICE, subject: 'bob' }

function rows(isSigned?: TokenVerification['isSigned']): ClientLoops {
  return new ClientLoops({
    resource: RESOURCE,
    verification: (isSigned === undefined ? {} : { isSigned }) as TokenVerification,
    expandScopes: (scopes) => scopes,
    clientIdClaimsOf: () => ['client_id'],
    clock: () => now * 1000,
  })
}

/** A token that nobody has verified, another one at each call. */
function made(claims: object = {}): PresentedToken {
  tokens += 1
  const all = {
    iss: ISSUER,
    sub: 'alice',
    client_id: 'inspector',
    iat: now,
    jti: tokens,
    ...claims,
  }
  return new PresentedToken(`e30.${base64url(JSON.stringify(all))}.c2ln`)
}

interface Refused {
  readonly reason?: ChallengeReason
  readonly requiredScopes?: readonly string[]
  readonly presented?: PresentedToken
}

/** Refuses a token, so often, each time another one. */
async function refuse(
  memory: ClientLoops,
  times: number,
  token: VerifiedToken | undefined,
  { reason = 'audience_mismatch', requiredScopes, presented }: Refused = {},
): Promise<void> {
  for (let time = 0; time < times; time += 1) {
    const about = { reason, requiredScopes, nearMiss: undefined, detail: '', correlationId: 'id' }
    await memory.refused(presented ?? made(), token, about)
  }
}

describe('a row of refusals', () => {
  it.each<[string, VerifiedToken | undefined]>([
    ['of a client that an issuer vouches for', ALICE],
    ['of a client that nobody vouches for', undefined],
  ])('%s ends with an allowed request', async (_what, token) => {
    const memory = rows()
    await refuse(memory, 2, token)
    expect(memory.size).toBe(1)
    memory.allowed(ALICE)
    expect(memory.size).toBe(0)
    await refuse(memory, 2, token)
    expect(loops).toEqual([])
    await refuse(memory, 1, token)
    expect(loops).toHaveLength(1)
  })

  it('of one client goes on where another one is allowed, and ends with its own request', async () => {
    const memory = rows()
    await refuse(memory, 2, ALICE)
    await refuse(memory, 2, BOB)
    memory.allowed(ALICE)
    expect(memory.size).toBe(1)
    memory.allowed(BOB)
    expect(memory.size).toBe(0)
    await refuse(memory, 2, BOB)
    expect(loops).toEqual([])
  })

  it('is kept apart by whether an issuer vouches for the client', async () => {
    const memory = rows()
    await refuse(memory, 2, ALICE)
    await refuse(memory, 2, undefined)
    expect(memory.size).toBe(2)
    expect(loops).toEqual([])
  })

  it('with tokens that the issuer has signed is one with those that were verified', async () => {
    const memory = rows(async () => true)
    await refuse(memory, 1, ALICE)
    await refuse(memory, 2, undefined)
    expect(memory.size).toBe(1)
    expect(loops).toMatchObject([{ verified: true, refusals: 3 }])
  })

  it('is unverified where the verification cannot check signatures', async () => {
    await refuse(rows(), 3, undefined)
    expect(loops).toMatchObject([{ verified: false, refusals: 3 }])
  })

  it('remembers its last eight tokens', async () => {
    const memory = rows()
    const first = made()
    await refuse(memory, 1, ALICE, { presented: first })
    await refuse(memory, 7, ALICE)
    await refuse(memory, 20, ALICE, { presented: first })
    expect(loops.map(({ refusals }) => refusals)).toEqual([3, 6])
    await refuse(memory, 1, ALICE)
    // The first token is forgotten by now, so it counts again.
    await refuse(memory, 3, ALICE, { presented: first })
    await refuse(memory, 2, ALICE)
    expect(loops.map(({ refusals }) => refusals)).toEqual([3, 6, 12])
  })
})

describe('the scopes that a client lacks', () => {
  const BOTH = { reason: 'scope_missing', requiredScopes: ['read', 'write'] } as const

  it.each<[string, readonly string[], number]>([
    ['one of them', ['read'], 1],
    ['none of them', [], 1],
    ['all of them', ['read', 'write'], 0],
  ])('end the row where an allowed token has %s: %j', async (_what, scopes, left) => {
    const memory = rows()
    await refuse(memory, 2, ALICE, BOTH)
    memory.allowed({ ...ALICE, scopes })
    expect(memory.size).toBe(left)
  })

  it('make one row as long as one of them is the same', async () => {
    const memory = rows()
    await refuse(memory, 1, ALICE, BOTH)
    await refuse(memory, 1, ALICE, { ...BOTH, requiredScopes: ['write', 'erase'] })
    await refuse(memory, 1, ALICE, { ...BOTH, requiredScopes: ['erase'] })
    expect(loops).toMatchObject([{ reason: 'scope_missing', refusals: 3 }])
  })

  it('count for this reason alone', async () => {
    const memory = rows()
    await refuse(memory, 2, ALICE, { reason: 'dpop_required', requiredScopes: ['read'] })
    memory.allowed(ALICE)
    expect(memory.size).toBe(0)
  })
})

describe('what is no loop', () => {
  it.each<ChallengeReason>([
    'authorization_malformed',
    'token_malformed',
    'token_too_long',
    'token_expired',
    'dpop_nonce_missing',
    'dpop_nonce_invalid',
  ])('refusals for %s, with whatever token', async (reason) => {
    const memory = rows()
    await refuse(memory, 5, ALICE, { reason })
    await refuse(memory, 5, undefined, { reason })
    expect(memory.size).toBe(0)
  })

  it.each([
    [120, 1],
    [121, 0],
    [-4000, 1],
  ])('tokens that were issued %i s ago make %i rows', async (age, expected) => {
    const memory = rows()
    await refuse(memory, 1, { ...ALICE, issuedAt: NOW - age })
    expect(memory.size).toBe(expected)
  })

  it.each([
    ['a text', String(NOW)],
    ['null', null],
    ['true', true],
  ])('tokens whose "iat" is %s', async (_what, iat) => {
    const memory = rows()
    await refuse(memory, 1, undefined, { presented: made({ iat }) })
    await refuse(memory, 1, undefined, { presented: new PresentedToken('opaque') })
    expect(memory.size).toBe(0)
  })
})

describe('the warnings about loops', () => {
  it('are one a day for all clients that nobody vouches for, and one for each other client', async () => {
    const memory = rows(async () => false)
    for (const sub of ['a', 'b']) {
      await refuse(memory, 3, { ...ALICE, clientId: sub })
      for (let time = 0; time < 3; time += 1) {
        await refuse(memory, 1, undefined, { presented: made({ sub, client_id: sub }) })
      }
    }
    expect(loops).toHaveLength(4)
    expect(warnings).toHaveLength(3)
  })

  it('repeat no advice that the detail gives', async () => {
    const memory = rows()
    const about = { reason: 'dpop_required', nearMiss: undefined, correlationId: 'id' } as const
    for (const detail of ['no key', 'use a client with a DPoP key, or set `dpop` to "accepted"']) {
      for (let time = 0; time < 3; time += 1) {
        memory.refused(made(), { ...ALICE, clientId: detail }, { ...about, detail })
      }
    }
    const ends = warnings.map(([text]) => text.split('(dpop_required): ')[1])
    expect(ends).toEqual([
      'no key. To mend it: use a client with a DPoP key, or set `dpop` to "accepted"',
      'use a client with a DPoP key, or set `dpop` to "accepted"',
    ])
  })
})

describe('the identity that a token claims', () => {
  const claimed = (claims: object) =>
    claimedIdentity({ ...claims }, ({ issuer }) =>
      issuer === ISSUER ? ['azp', 'client_id'] : ['cid'],
    )

  it.each([
    [{ iss: ISSUER, azp: 'a', client_id: 'b', sub: 's' }, [ISSUER, 'a', 's']],
    [{ iss: ISSUER, azp: '', client_id: 'b' }, [ISSUER, 'b', undefined]],
    [{ iss: ISSUER, azp: 5, client_id: ['b'], sub: 7 }, [ISSUER, undefined, undefined]],
    [{ iss: ISSUER, cid: 'c', sub: '' }, [ISSUER, undefined, undefined]],
    [
      { iss: 'https://other.example', cid: 'c', azp: 'a' },
      ['https://other.example', 'c', undefined],
    ],
    [{ cid: 'c' }, [undefined, 'c', undefined]],
    [{ iss: 5, cid: 'c' }, [undefined, 'c', undefined]],
  ])('is read with the client claims of its issuer: %j', (claims, [issuer, clientId, subject]) => {
    expect(claimed(claims)).toEqual({ issuer, clientId, subject })
  })

  it('asks about the empty text where the token names no issuer', () => {
    const asked: string[] = []
    claimedIdentity({}, ({ issuer }) => {
      asked.push(issuer)
      return []
    })
    expect(asked).toEqual([''])
  })

  it('is printed in 120 characters, on one line and without pieces of the token', () => {
    const identity = {
      issuer: `a\n${'b'.repeat(200)}`,
      clientId: 'piece-of-the-token',
      subject: undefined,
    }
    expect(printableIdentity(identity, 'x-piece-of-the-token')).toEqual({
      issuer: `a?${'b'.repeat(118)}`,
      clientId: '[token]',
      subject: undefined,
    })
  })
})
