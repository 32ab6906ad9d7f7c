import { describe, expect, it } from 'vitest'
import {
  checkPossession,
  type PossessionChecks,
  type Presentation,
} from '../../../src/sender-constraint/possession.ts'
import { PresentedToken } from '../../../src/token/presented-token.ts'
import { VERIFIED } from '../../support/tokens.ts'

/** Checks that accept every proof and certificate, and tell what they were asked. */
function lenient(withheld: readonly string[] = []) {
  const asked: string[] = []
  const checks = {
    dpop: {
      async check(proof: string, thumbprint: string) {
        asked.push(`dpop ${proof} ${thumbprint}`)
        return { 'DPoP-Nonce': 'n' }
      },
    },
    certificates: {
      check: (_request: unknown, thumbprint: string) => void asked.push(`mtls ${thumbprint}`),
      untrustedHeaders: () => withheld,
    },
  } as unknown as PossessionChecks
  return { asked, checks }
}

const presentation = (
  scheme: 'Bearer' | 'DPoP',
  proof: string | undefined,
  confirmation: Presentation['token']['confirmation'],
): Presentation => ({
  ...{ scheme, proof, request: { method: 'POST', url: '/', headers: {} } },
  ...{ presented: new PresentedToken('t'), token: { ...VERIFIED, confirmation } },
})

const KEY = { jkt: 'k' }
const CERTIFICATE = { 'x5t#S256': 'c' }
const NONCE = { 'DPoP-Nonce': 'n' }

describe('which proof a caller must give', () => {
  it.each<['Bearer' | 'DPoP', string | undefined, object | undefined, string[], string[], object]>([
    ['Bearer', undefined, undefined, [], [], {}],
    ['Bearer', undefined, CERTIFICATE, ['mtls'], ['mtls c'], {}],
    ['DPoP', 'p', KEY, ['dpop'], ['dpop p k'], NONCE],
    ['DPoP', 'p', { ...KEY, ...CERTIFICATE }, ['dpop', 'mtls'], ['mtls c', 'dpop p k'], NONCE],
  ])(
    'RFC9449-2 RFC8705-1: %s with %j and %j: %j',
    async (scheme, proof, cnf, proofs, calls, headers) => {
      for (const withheld of [[], ['client-cert']]) {
        const { asked, checks } = lenient(withheld)
        const possession = await checkPossession(checks, presentation(scheme, proof, cnf))
        expect(possession).toEqual({ proofs, headers, withheld })
        expect(asked).toEqual(calls)
      }
    },
  )

  it.each<['Bearer' | 'DPoP', string | undefined, object | undefined, string]>([
    ['Bearer', undefined, KEY, 'sender_constraint_unmet'],
    ['Bearer', undefined, { ...KEY, ...CERTIFICATE }, 'sender_constraint_unmet'],
    ['Bearer', 'p', KEY, 'sender_constraint_unmet'],
    ['Bearer', 'p', { ...KEY, ...CERTIFICATE }, 'sender_constraint_unmet'],
    ['DPoP', undefined, KEY, 'sender_constraint_unmet'],
    ['DPoP', 'p', undefined, 'dpop_token_not_bound'],
    ['DPoP', 'p', CERTIFICATE, 'dpop_token_not_bound'],
  ])('RFC9449-2: %s with %j and %j is refused: %s', (scheme, proof, confirmation, reason) => {
    const { asked, checks } = lenient()
    expect(() => checkPossession(checks, presentation(scheme, proof, confirmation))).toThrow(
      expect.objectContaining({ reason }),
    )
    expect(asked).toEqual([])
  })
})
