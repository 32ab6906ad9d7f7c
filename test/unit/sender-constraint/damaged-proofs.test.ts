import { describe, expect, it } from 'vitest'
import type { TestDpopKey } from '../../../src/testing/dpop-key.ts'
import { athOf, dpopRequest, makeDpopKey } from '../../support/dpop.ts'
import {
  base64url,
  NOW,
  RESOURCE,
  signBytes,
  signToken,
  testResourceServer,
} from '../../support/tokens.ts'

/** How many proofs of each algorithm are damaged. A greater number finds more, and takes longer. */
const ROUNDS = Number(process.env.DAMAGED_PROOFS ?? 400)

/** A generator with a fixed seed: each run damages the same places. */
class Chance {
  #seed: number

  constructor(seed: number) {
    this.#seed = seed
  }

  below(limit: number): number {
    this.#seed = (this.#seed * 48271) % 0x7fffffff
    return this.#seed % limit
  }

  pick<T>(list: readonly T[]): T {
    return list[this.below(list.length)] as T
  }
}

const STRANGE = [
  undefined,
  null,
  true,
  0,
  -1,
  1e308,
  '',
  'x',
  [],
  {},
  [[]],
  { a: { b: [] } },
  '\u0000',
  'é',
  '\ud800',
  'x'.repeat(300),
] as const

type Json = Record<string, unknown>

/** The bytes between the dots, and whether the key signs them after the damage. */
interface Parts {
  header: Json
  payload: Json
}

const good = (key: TestDpopKey, token: string, jti: string): Parts => ({
  header: { typ: 'dpop+jwt', alg: key.algorithm, jwk: key.publicKey },
  payload: { jti, htm: 'POST', htu: RESOURCE, iat: NOW, ath: athOf(token) },
})

/** Changes a member, so that the proof no longer says what it must. The signature is made afterwards. */
const MEMBERS: Readonly<Record<string, (parts: Parts, chance: Chance) => void>> = {
  'a claim of another type': ({ payload }, chance) => {
    const name = chance.pick(Object.keys(payload))
    const value = chance.pick(STRANGE)
    // Any text is a good "jti".
    payload[name] = name === 'jti' && typeof value === 'string' ? null : value
  },
  'a claim less': ({ payload }, chance) => {
    delete payload[chance.pick(Object.keys(payload))]
  },
  'a claim changed': ({ payload }, chance) => {
    const name = chance.pick(['htm', 'htu', 'ath'])
    const value = String(payload[name])
    const at = chance.below(value.length)
    payload[name] =
      `${value.slice(0, at)}${chance.pick(['A', '/', '_', '%', ' '])}${value.slice(at)}`
  },
  'a header member of another type': ({ header }, chance) => {
    header[chance.pick(['typ', 'alg', 'jwk'])] = chance.pick(STRANGE)
  },
  'a key member of another type': ({ header }, chance) => {
    const jwk = { ...(header.jwk as Json) }
    jwk[chance.pick(Object.keys(jwk))] = chance.pick(STRANGE)
    header.jwk = jwk
  },
  'a key member changed': ({ header }, chance) => {
    const jwk = { ...(header.jwk as Json) }
    const name = chance.pick(Object.keys(jwk))
    const value = String(jwk[name])
    const at = chance.below(value.length)
    jwk[name] = `${value.slice(0, at)}${value[at] === 'A' ? 'B' : 'A'}${value.slice(at + 1)}`
    header.jwk = jwk
  },
  'a private member': ({ header }, chance) => {
    header.jwk = {
      ...(header.jwk as Json),
      [chance.pick(['d', 'p', 'k', 'oth'])]: chance.pick(['x', null]),
    }
  },
  'another algorithm': ({ header }, chance) => {
    const names = ['none', 'HS256', 'ES256', 'ES384', 'RS256', 'PS256', 'PS512', 'Ed448', 'ES256K']
    header.alg = chance.pick(names.filter((name) => name !== header.alg))
  },
  'a critical member': ({ header }, chance) => {
    header[chance.pick(['crit', 'b64', 'enc'])] = chance.pick(STRANGE.slice(1))
  },
}

/** Changes the text of a proof after it was signed. */
const TEXTS: Readonly<Record<string, (text: string, chance: Chance, another: string) => string>> = {
  'one character': (text, chance) => {
    const at = chance.below(text.length)
    const letter = chance.pick([...'AZaz09-_+/=. \t\n,"\u0000é'].filter((one) => one !== text[at]))
    return text.slice(0, at) + letter + text.slice(at + 1)
  },
  'one bit of a part': (text, chance) => {
    const parts = text.split('.')
    const which = chance.below(3)
    const bytes = Buffer.from(parts[which] ?? '', 'base64url')
    const at = chance.below(bytes.length)
    bytes[at] = (bytes[at] ?? 0) ^ (1 << chance.below(8))
    parts[which] = bytes.toString('base64url')
    return parts.join('.')
  },
  'a piece missing': (text, chance) => {
    const at = chance.below(text.length)
    return text.slice(0, at) + text.slice(at + 1 + chance.below(40))
  },
  'a piece twice': (text, chance) => {
    const at = chance.below(text.length)
    return text.slice(0, at + 1 + chance.below(40)) + text.slice(at)
  },
  'parts in another order': (text, chance) => {
    const [a, b, c] = text.split('.')
    return chance
      .pick([
        [b, a, c],
        [a, c, b],
        [c, b, a],
        [a, a, c],
        [a, b, b],
        [a, b, c, c],
        [a, b],
      ])
      .join('.')
  },
  'a part of another proof': (text, chance, another) => {
    const parts = text.split('.')
    // The headers are equal.
    const which = 1 + chance.below(2)
    parts[which] = another.split('.')[which] ?? ''
    return parts.join('.')
  },
  'another alphabet': (text, chance) => {
    const bytes = Buffer.from(text.split('.')[0] ?? '', 'base64url')
    return chance.pick([
      [`${bytes.toString('base64')}=`, ...text.split('.').slice(1)].join('.'),
      text.replaceAll('.', '%2E'),
      Buffer.from(text).toString('base64url'),
      text.toUpperCase(),
      [...text].reverse().join(''),
      `${text}${text}`,
      JSON.stringify(text),
    ])
  },
}

function signed({ header, payload }: Parts, key: TestDpopKey): string {
  const text = `${base64url(JSON.stringify(header))}.${base64url(JSON.stringify(payload))}`
  return `${text}.${base64url(signBytes(text, key))}`
}

describe('RFC9449-1: damaged proofs', () => {
  it.each(['ES256', 'Ed25519', 'PS256', 'RS256'] as const)(
    'RFC9449-1: %s: none is accepted, each has its reason, and none is repeated to the operator',
    async (alg) => {
      const chance = new Chance(alg.length * 1009 + alg.charCodeAt(0))
      const key = await makeDpopKey(alg)
      const token = await signToken({ claims: { cnf: { jkt: key.thumbprint } } })
      const server = testResourceServer()
      const found = new Map<string, number>()
      const kinds = [...Object.keys(MEMBERS), ...Object.keys(TEXTS)]
      for (let round = 0; round < ROUNDS; round += 1) {
        const kind = kinds[round % kinds.length] as string
        const parts = good(key, token, `${alg}-${round}`)
        MEMBERS[kind]?.(parts, chance)
        const text = signed(parts, key)
        const another = signed(good(key, token, `other-${round}`), key)
        const proof = TEXTS[kind]?.(text, chance, another) ?? text
        const decision = await server.authenticate(dpopRequest(token, proof))
        expect([kind, proof, decision.outcome]).toEqual([kind, proof, 'challenged'])
        if (decision.outcome !== 'challenged') continue
        expect(decision.status).toBe(401)
        expect(decision.reason).toMatch(/^dpop_(proof|key)_/)
        for (const secret of [proof, token]) {
          for (let at = 0; at + 12 <= secret.length; at += 1) {
            if (!decision.detail.includes(secret.slice(at, at + 12))) continue
            expect.fail(`${kind}: the detail repeats a secret: ${decision.detail}`)
          }
        }
        found.set(decision.reason, (found.get(decision.reason) ?? 0) + 1)
        // The damaged proofs have changed nothing for good ones.
        if (round % 50 === 0) {
          const asked = dpopRequest(token, another)
          expect((await server.authenticate(asked)).outcome).toBe('allowed')
        }
      }
      // Nearly every check has refused something, or the damage was all of one kind.
      expect(found.size).toBeGreaterThanOrEqual(8)
    },
  )
})
