/**
 * Every mode of the server, of a guard and of the nonces, with every kind of rule, token and proof. What
 * must happen is written down again here, from the words of docs/sender-constraint.md.
 */
import { describe, expect, it } from 'vitest'
import { adapterOf } from '../../../src/resource-server/adapter.ts'
import type { DpopMode, DpopNonceMode } from '../../../src/sender-constraint/options.ts'
import { dpopRequest, makeDpopKey, signProof } from '../../support/dpop.ts'
import { toolCall } from '../../support/mcp-messages.ts'
import { NOW, signToken, testResourceServer } from '../../support/tokens.ts'

const MODES = ['off', 'accepted', 'required'] as const
const NONCE_MODES = ['off', 'when-asked', 'required'] as const
const RULES = ['none', 'plain', 'dpop'] as const

const key = await makeDpopKey()
const { thumbprint: jkt } = key

const TOKENS = {
  unbound: await signToken(),
  jkt: await signToken({ claims: { cnf: { jkt } } }),
  'jkt, too few scopes': await signToken({ claims: { cnf: { jkt }, scope: 'x' } }),
  'jkt and certificate': await signToken({ claims: { cnf: { jkt, 'x5t#S256': 'x' } } }),
  'an unknown binding': await signToken({ claims: { cnf: { kid: 'x' } } }),
}
type TokenKind = keyof typeof TOKENS
const TOKEN_KINDS = Object.keys(TOKENS) as TokenKind[]

/** Instances with the same secrets accept the nonces of each other. */
const nonceOptions = (mode: DpopNonceMode) =>
  mode === 'off' ? mode : { mode, secrets: ['a secret that all the instances here have'] }

const nonce = await (async () => {
  const asks = testResourceServer({ dpop: { nonce: nonceOptions('required') } })
  const { headers } = await asks.authenticate(dpopRequest(TOKENS.jkt, undefined))
  return headers['DPoP-Nonce']
})()

type Proof = string | readonly string[] | undefined
type Make = (token: string) => Promise<Proof>

/** Each kind of proof, and the modes of the nonces in which it is good. */
const PROOFS: Readonly<Record<string, readonly [Make, ...DpopNonceMode[]]>> = {
  none: [async () => undefined],
  empty: [async () => ''],
  two: [async (token) => [await signProof(key, { token }), await signProof(key, { token })]],
  'of another key': [async (token) => signProof(await makeDpopKey(), { token, claims: { nonce } })],
  'for GET': [(token) => signProof(key, { token, method: 'GET', claims: { nonce } })],
  'without nonce': [(token) => signProof(key, { token }), 'off', 'when-asked'],
  'with a nonce': [(token) => signProof(key, { token, claims: { nonce } }), ...NONCE_MODES],
  'with a wrong nonce': [
    (token) => signProof(key, { token, claims: { nonce: 'x'.repeat(43) } }),
    'off',
  ],
  'old, with a nonce': [
    (token) => signProof(key, { token, claims: { nonce, iat: NOW - 1000 } }),
    'when-asked',
  ],
}

const proofs = new Map<string, Proof>()
for (const kind of TOKEN_KINDS) {
  for (const [name, [make]] of Object.entries(PROOFS)) {
    proofs.set(`${kind} ${name}`, await make(TOKENS[kind]))
  }
}

interface Cell {
  readonly mode: DpopMode
  readonly nonces: DpopNonceMode
  readonly rule: (typeof RULES)[number]
  readonly scheme: 'Bearer' | 'DPoP'
  readonly kind: TokenKind
  readonly proof: string
}

/** The status that docs/sender-constraint.md promises; 200 if the request is allowed. */
function promised({ mode, nonces, rule, scheme, kind, proof }: Cell): number {
  if (scheme === 'Bearer') {
    if (kind !== 'unbound' || mode === 'required') return 401
    if (mode === 'off') return 200
    return proof === 'none' && rule !== 'dpop' ? 200 : 401
  }
  const isGood = PROOFS[proof]?.slice(1).includes(nonces) === true
  if (mode === 'off' || !isGood || !kind.startsWith('jkt')) return 401
  if (kind === 'jkt') return 200
  return kind === 'jkt, too few scopes' ? 403 : 401
}

const offeredIn = (challenges: string): readonly string[] =>
  challenges.split(/, (?=DPoP |Bearer )/).map((one) => one.split(' ', 1)[0] ?? '')

const settings = MODES.flatMap((general) =>
  [undefined, ...MODES].flatMap((own) =>
    NONCE_MODES.flatMap((nonces) => RULES.map((rule) => ({ general, own, nonces, rule }))),
  ),
).filter(({ general, nonces }) => general !== 'off' || nonces === 'off')

const makeGuard = ({ general, own, nonces, rule }: (typeof settings)[number]) => {
  const dpop = general === 'off' ? general : { mode: general, nonce: nonceOptions(nonces) }
  const scopes = ['mcp:tools']
  const read = rule === 'dpop' ? ({ scopes, dpop: true } as const) : { scopes }
  const policy = rule === 'none' ? undefined : { tools: { read } }
  const server = testResourceServer({ dpop, ...(policy && { policy }) })
  return adapterOf('test', server).guard('test', own === undefined ? {} : { dpop: own })
}

describe('RFC9449-1 RFC9449-2 RFC9449-4: the whole table of modes', () => {
  it.each(settings)('server $general, guard $own, nonces $nonces, rule $rule', async (setting) => {
    const { general, own, nonces, rule } = setting
    const mode = own ?? general
    const contradicts = general !== 'accepted' && mode !== general
    if (contradicts || (rule === 'dpop' && [mode, general].includes('off'))) {
      expect(() => makeGuard(setting)).toThrow(/`dpop`/)
      return
    }
    const guard = makeGuard(setting)
    const wrong: unknown[] = []
    for (const scheme of ['Bearer', 'DPoP'] as const) {
      for (const kind of TOKEN_KINDS) {
        for (const proof of Object.keys(PROOFS)) {
          const cell: Cell = { mode, nonces, rule, scheme, kind, proof }
          const headers = {
            authorization: `${scheme} ${TOKENS[kind]}`,
            dpop: proofs.get(`${kind} ${proof}`),
            'content-type': 'application/json',
          }
          const message = toolCall('read')
          const decision = await guard.check({ method: 'POST', url: '/mcp', headers, message })
          const { outcome, headers: answer } = decision
          const status = outcome === 'allowed' ? 200 : decision.status
          const found: unknown[] = [status]
          const expected: unknown[] = [promised(cell)]
          if (outcome === 'allowed') {
            found.push(...decision.possession)
            if (scheme === 'DPoP') expected.push('dpop')
          } else {
            const onlyDpop = mode === 'required' || decision.reason === 'dpop_required'
            const both = mode === 'off' ? ['Bearer'] : ['Bearer', 'DPoP']
            found.push(...offeredIn(answer['WWW-Authenticate'] ?? ''), 'DPoP-Nonce' in answer)
            const asks = nonces !== 'off' && String(decision.reason).startsWith('dpop_nonce')
            const gives = mode !== 'off' && (nonces === 'required' || asks)
            expected.push(...(onlyDpop ? ['DPoP'] : both), gives)
          }
          if (String(found) !== String(expected)) wrong.push({ ...cell, found, expected })
        }
      }
    }
    expect(wrong).toEqual([])
  })
})
