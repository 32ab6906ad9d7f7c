import { describe, expect, it } from 'vitest'
import type { DpopNonceMode } from '../../../src/sender-constraint/options.ts'
import { createTestClock } from '../../../src/testing/test-clock.ts'
import { dpopRequest, makeDpopKey, signProof } from '../../support/dpop.ts'
import { NOW, signToken, testResourceServer } from '../../support/tokens.ts'
import { collectWarnings } from '../../support/warnings.ts'

const key = await makeDpopKey()
const YEAR = 31_536_000
const token = await signToken({
  claims: { cnf: { jkt: key.thumbprint }, iat: NOW - YEAR, exp: NOW + YEAR },
})

/** Random numbers from 0 to 1 that a seed repeats. */
function randomNumbers(seed: number): () => number {
  let state = seed
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state / 2 ** 32
  }
}

interface Sent {
  readonly proof: string
  accepted: boolean
}

interface Run {
  readonly mode: DpopNonceMode
  readonly difference: number
  readonly lifetime: number
  readonly seed: number
}

/** How the clock may move, in seconds. */
type Move = (random: () => number, run: Run) => number

/** Sends proofs, new ones and old ones, with random times and nonces, while the clock moves. */
async function sendProofs(run: Run, steps: number, move: Move) {
  const { mode, difference, lifetime, seed } = run
  const random = randomNumbers(seed)
  const clock = createTestClock(NOW * 1000)
  const nonce = mode === 'off' ? { mode } : { mode, lifetime, secrets: ['s'.repeat(32)] }
  const gate = testResourceServer({ clock, dpop: { maxClockDifference: difference, nonce } })
  const pick = <T>(list: readonly T[]): T | undefined => list[Math.floor(random() * list.length)]
  const sent: Sent[] = []
  const nonces: string[] = []
  const counts = { accepted: 0, refused: 0, unavailable: 0, twice: 0, wronglyRefused: 0 }
  for (let step = 0; step < steps; step += 1) {
    clock.advance(move(random, run))
    const isNew = sent.length === 0 || random() < 0.4
    const iat = clock() / 1000 + (random() * 3 - 1.5) * difference
    const given = random() < 0.3 ? nonces.at(-1) : pick(nonces)
    const claims = { iat, nonce: random() < 0.2 ? undefined : given }
    const old = random() < 0.5 ? sent.at(-1 - Math.floor(random() * 8)) : pick(sent)
    const one: Sent =
      isNew || old === undefined
        ? { proof: await signProof(key, { token, claims }), accepted: false }
        : old
    if (isNew) sent.push(one)
    const decision = await gate.authenticate(dpopRequest(token, one.proof))
    const next = decision.headers['DPoP-Nonce']
    if (next !== undefined && nonces.at(-1) !== next) nonces.push(next)
    if (decision.outcome === 'allowed') {
      if (one.accepted) counts.twice += 1
      one.accepted = true
      counts.accepted += 1
    } else if (decision.outcome === 'unavailable') counts.unavailable += 1
    else {
      if (decision.reason === 'dpop_proof_replayed' && !one.accepted) counts.wronglyRefused += 1
      counts.refused += 1
    }
  }
  return counts
}

const RUNS: readonly Run[] = (['off', 'when-asked', 'required'] as const).flatMap((mode, at) => [
  { mode, difference: 300, lifetime: 120, seed: 1 + at },
  { mode, difference: 17.3, lifetime: 33.7, seed: 11 + at },
])

// A clock that was set back is a warning.
collectWarnings()

describe('no proof is accepted twice', () => {
  it.each(RUNS)(
    'RFC9449-6: nonces $mode, difference $difference s, lifetime $lifetime s, a clock that goes any way',
    async (run) => {
      const { twice, wronglyRefused, accepted, refused } = await sendProofs(
        run,
        400,
        (random, { difference, lifetime }) => {
          const kind = random()
          if (kind < 0.6) return random() * difference * 0.1
          if (kind < 0.75) return random() * lifetime
          if (kind < 0.9) return -random() * difference * 0.5
          if (kind < 0.97) return -random() * (difference + lifetime)
          return (random() - 0.5) * 20 * (difference + lifetime)
        },
      )
      expect({ twice, wronglyRefused }).toEqual({ twice: 0, wronglyRefused: 0 })
      expect(accepted).toBeGreaterThan(10)
      expect(refused).toBeGreaterThan(100)
    },
  )

  it.each(RUNS)(
    'RFC9449-6: nonces $mode, difference $difference s, lifetime $lifetime s, and a clock that goes on causes no 503',
    async (run) => {
      const { twice, wronglyRefused, accepted, unavailable } = await sendProofs(
        run,
        250,
        (random, { difference }) =>
          random() < 0.01 ? random() * 5000 : random() * difference * 0.1,
      )
      expect({ twice, wronglyRefused, unavailable }).toEqual({
        twice: 0,
        wronglyRefused: 0,
        unavailable: 0,
      })
      expect(accepted).toBeGreaterThan(25)
    },
  )
})
