import { inspect } from 'node:util'
import { describe, expect, it } from 'vitest'
import type { DpopMode, DpopOptions } from '../../../src/sender-constraint/options.ts'
import { adapterFor } from '../../support/adapter.ts'
import { PROOF_ALGORITHMS } from '../../support/challenges.ts'
import { bearer, request, testResourceServer } from '../../support/tokens.ts'

const SECRET = 'very-secret-very-secret-very-secret'
const replayStore = { remember: () => true }

const make = (dpop: unknown, more = {}) =>
  testResourceServer({ dpop: dpop as DpopOptions, ...more })

const startUp = (make: () => unknown): string => {
  try {
    make()
  } catch (error) {
    if (error instanceof TypeError) return error.message
    throw error
  }
  return 'no error'
}

describe('options of `dpop` that contradict each other are a TypeError that names the option', () => {
  it.each<[string, unknown]>([
    ['dpop.nonce', { mode: 'off', nonce: 'required' }],
    ['dpop.nonce', { mode: 'off', nonce: { mode: 'required', secrets: [SECRET] } }],
    ['dpop.algorithms', { mode: 'off', algorithms: ['ES256'] }],
    ['dpop.maxClockDifference', { mode: 'off', maxClockDifference: 10 }],
    ['dpop.externalPath', { mode: 'off', externalPath: (path: string) => path }],
    ['dpop.replayStore', { mode: 'off', replayStore }],
    ['dpop.maxProofs', { mode: 'off', maxProofs: 10 }],
    ['dpop.nonce.secrets', { nonce: { mode: 'off', secrets: [SECRET] } }],
    ['dpop.nonce.secrets', { nonce: { secrets: [SECRET] } }],
    ['dpop.nonce.lifetime', { nonce: { lifetime: 60 } }],
    ['dpop.maxProofs', { replayStore, maxProofs: 10 }],
    ['dpop.maxProofsPerSubject', { replayStore, maxProofsPerSubject: 10 }],
    ['dpop.maxProofsPerSubject', { maxProofs: 10, maxProofsPerSubject: 11 }],
  ])('%s (%#)', (name, dpop) => {
    expect(startUp(() => make(dpop))).toMatch(
      new RegExp(`^createResourceServer: option \`${name}\` (has no effect|must not)`),
    )
  })

  it.each<[unknown]>([
    ['off'],
    [{ mode: 'off' }],
    [{ mode: 'off', nonce: undefined, replayStore: undefined }],
    [{ nonce: {} }],
    [{ nonce: { mode: 'when-asked', secrets: [SECRET], lifetime: 60 } }],
    [{ mode: 'required', replayStore, nonce: 'required' }],
    [{ maxProofs: 10, maxProofsPerSubject: 10 }],
  ])('and those that do not are accepted (%#)', (dpop) => {
    expect(startUp(() => make(dpop))).toBe('no error')
  })
})

describe('a wrong value in `dpop` is a TypeError that names it', () => {
  it.each<[string, unknown]>([
    ['dpop', 'on'],
    ['dpop', true],
    ['dpop', null],
    ['dpop.mode', { mode: 'Required' }],
    ['dpop.algorithms', { algorithms: [] }],
    ['dpop.algorithms.0', { algorithms: ['none'] }],
    ['dpop.algorithms.1', { algorithms: ['ES256', 'HS256'] }],
    ['dpop.maxClockDifference', { maxClockDifference: 0 }],
    ['dpop.maxClockDifference', { maxClockDifference: 301 }],
    ['dpop.maxClockDifference', { maxClockDifference: Number.NaN }],
    ['dpop.nonce', { nonce: 'always' }],
    ['dpop.nonce', { nonce: true }],
    ['dpop.nonce.mode', { nonce: { mode: 'on' } }],
    ['dpop.nonce.secrets', { nonce: { mode: 'required', secrets: [] } }],
    ['dpop.nonce.secrets', { nonce: { mode: 'required', secrets: SECRET } }],
    ['dpop.nonce.secrets', { nonce: { mode: 'required', secrets: Array(11).fill(SECRET) } }],
    ['dpop.nonce.secrets.1', { nonce: { mode: 'required', secrets: [SECRET, 'short-secret'] } }],
    ['dpop.nonce.secrets.0', { nonce: { mode: 'required', secrets: [Buffer.from(SECRET)] } }],
    ['dpop.nonce.lifetime', { nonce: { mode: 'required', lifetime: 9 } }],
    ['dpop.nonce.lifetime', { nonce: { mode: 'required', lifetime: 3601 } }],
    ['dpop.externalPath', { externalPath: '/mcp' }],
    ['dpop.replayStore', { replayStore: 'redis' }],
    ['dpop.replayStore.remember', { replayStore: {} }],
    ['dpop.maxProofs', { maxProofs: 9 }],
    ['dpop.maxProofs', { maxProofs: 10.5 }],
    ['dpop.maxProofs', { maxProofs: 10_000_001 }],
    ['dpop.maxProofsPerSubject', { maxProofsPerSubject: 0 }],
  ])('%s (%#)', (name, dpop) => {
    const message = startUp(() => make(dpop))
    expect(message).toContain(`createResourceServer: option \`${name}\` must`)
    for (const secret of [SECRET, 'short-secret']) expect(message).not.toContain(secret)
  })

  it.each<[string, unknown, string]>([
    ['dpop.algorithms', { algorithms: 'ES256' }, 'must be a list of algorithms; got "ES256"'],
    [
      'dpop.maxClockDifference',
      { maxClockDifference: 0 },
      'must be a number of seconds from 1 to 300; got 0',
    ],
    [
      'dpop.nonce.lifetime',
      { nonce: { mode: 'required', lifetime: 9 } },
      'must be a number of seconds from 10 to 3600; got 9',
    ],
    [
      'dpop.maxProofs',
      { maxProofs: 9 },
      'must be a whole number of proofs from 10 to 10000000; got 9',
    ],
    [
      'dpop.maxProofsPerSubject',
      { maxProofsPerSubject: 0 },
      'must be a whole number of proofs from 1 to 10000000; got 0',
    ],
  ])('and says which values `%s` may have', (name, dpop, words) => {
    expect(startUp(() => make(dpop))).toBe(`createResourceServer: option \`${name}\` ${words}`)
  })

  it('a secret is in no error, and in no print of the resource server', () => {
    const server = make({ nonce: { mode: 'required', secrets: [SECRET] } })
    expect(inspect(server, { depth: 20, showHidden: true })).not.toContain(SECRET)
    expect(JSON.stringify(server)).not.toContain(SECRET)
  })
})

describe('the DPoP mode of a guard', () => {
  it.each<[general: DpopMode, mode: DpopMode, result: string]>([
    ['accepted', 'off', 'no error'],
    ['accepted', 'accepted', 'no error'],
    ['accepted', 'required', 'no error'],
    ['required', 'required', 'no error'],
    ['off', 'off', 'no error'],
    ['off', 'accepted', "expressGate: option `dpop` must be 'off'"],
    ['off', 'required', "expressGate: option `dpop` must be 'off'"],
    ['required', 'accepted', "expressGate: option `dpop` must be 'required'"],
    ['required', 'off', "expressGate: option `dpop` must be 'required'"],
  ])('RFC9728-4: with `%s` in the metadata, %s: %s', (general, dpop, result) => {
    const { guard } = adapterFor(make(general))
    expect(startUp(() => guard('expressGate', { dpop }))).toContain(result)
  })

  it('that is wrong for one request is a 503 whose event names it', async () => {
    const decision = await make('off').authenticate(bearer('a'), { dpop: 'required' })
    expect(decision).toMatchObject({ status: 503, reason: 'verifier_failed' })
    expect(decision).toMatchObject({ detail: expect.stringContaining('option `dpop`') })
  })

  it('must not be `off` where a rule of the policy needs a bound token', () => {
    const policy = { tools: { pay: { dpop: true } } } as const
    const needs =
      'must not be \'off\', because the rule "pay" of the policy needs a token that is bound to a DPoP key'
    expect(startUp(() => make('off', { policy }))).toContain(
      `createResourceServer: option \`dpop\` ${needs}`,
    )
    const { guard } = adapterFor(make('accepted', { policy }))
    expect(startUp(() => guard('expressGuard', { dpop: 'off' }))).toContain(
      `expressGuard: option \`dpop\` ${needs}`,
    )
    expect(startUp(() => guard('expressGuard', { dpop: 'off', policy: false }))).toBe('no error')
  })
})

describe('the metadata', () => {
  const dpopMembers = (dpop: unknown) =>
    Object.fromEntries(
      Object.entries(make(dpop).metadata).filter(([name]) => name.startsWith('dpop_')),
    )

  it('RFC9728-4: names the algorithms of proofs, and whether DPoP is required', () => {
    const dpop_signing_alg_values_supported = PROOF_ALGORITHMS.split(' ')
    expect(dpopMembers('accepted')).toEqual({ dpop_signing_alg_values_supported })
    expect(dpopMembers('required')).toEqual({
      dpop_signing_alg_values_supported,
      dpop_bound_access_tokens_required: true,
    })
    expect(dpopMembers('off')).toEqual({})
    expect(dpopMembers({ algorithms: ['ES256'] })).toEqual({
      dpop_signing_alg_values_supported: ['ES256'],
    })
  })

  it.each(['dpop_signing_alg_values_supported', 'dpop_bound_access_tokens_required'])(
    'RFC9728-4: takes %s from the option `dpop` only',
    (name) => {
      const metadata = { [name]: name.includes('alg') ? ['ES256'] : true }
      expect(startUp(() => make('accepted', { metadata }))).toContain(
        `option \`metadata.${name}\` is made from the option \`dpop\`; leave it out, and set that option`,
      )
    },
  )

  it.each<[DpopMode, string]>([
    ['off', 'Bearer'],
    ['accepted', 'Bearer DPoP'],
    ['required', 'DPoP'],
  ])('RFC9728-4 RFC9449-3: and the challenges agree: %s', async (mode, schemes) => {
    const decision = await make(mode).authenticate(request())
    const header = decision.outcome === 'allowed' ? '' : decision.headers['WWW-Authenticate']
    const found = header?.match(/\b(?:Bearer|DPoP)(?= )/g)?.join(' ')
    expect(found).toBe(schemes)
  })
})
