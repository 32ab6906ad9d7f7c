/** Clients with a DPoP key, a token that is bound to the key, and proofs (RFC 9449). */

import assert from 'node:assert/strict'
import type { TestDpopKey } from '../../src/testing/dpop-key.ts'
import type { ChallengeCode } from '../support/challenges.ts'
import { makeDpopKey, type ProofOptions, signProof } from '../support/dpop.ts'
import { type Asked, ask, type Reply } from './client.ts'
import type { Case, RunningServer } from './driver.ts'
import { assertChallenged, oneServerWith, type Scene } from './expectations.ts'

const key = await makeDpopKey()

/** What a request has, and what its proof says. */
export interface Proved extends Omit<Asked, 'authorization'> {
  /** Default: a token of `alice` that is bound to the key. */
  readonly token?: string
  /** Replaces what the proof says. */
  readonly proof?: Partial<ProofOptions> & { readonly key?: TestDpopKey }
}

export interface DpopScene extends Scene {
  readonly key: TestDpopKey
  /** A good token that is bound to the key. */
  readonly bound: string
  /** A token of the issuer that is bound to the key. */
  boundToken(claims?: object): Promise<string>
  /** A proof; by default a good one for a POST to `/mcp`. */
  proofFor(proved?: Proved): Promise<string>
  /** A request with the scheme DPoP and a proof, which is good if nothing is replaced. */
  proved(proved?: Proved): Promise<Asked>
  /** Sends such a request. */
  askProved(proved?: Proved): Promise<Reply>
}

type DpopCase = (name: string, run: (scene: DpopScene) => Promise<void>) => Case

/** Makes cases whose server has these options. */
export const dpopServerWith =
  (options: Parameters<typeof oneServerWith>[0]): DpopCase =>
  (name, run) =>
    oneServerWith(options)(name, async (scene) => run(await dpopScene(scene)))

export const dpopServer = dpopServerWith({})

async function dpopScene(scene: Scene): Promise<DpopScene> {
  const { issuer, server } = scene
  const boundToken = (claims = {}) => issuer.token({ cnf: { jkt: key.thumbprint }, ...claims })
  const bound = await boundToken()
  const proofFor = ({ token = bound, method = 'POST', path = '/mcp', proof = {} }: Proved = {}) => {
    const { key: signer = key, claims, ...more } = proof
    const [pathname] = path.split('?')
    return signProof(signer, {
      token,
      method,
      // The origin is the one of the option `resource`, and not that of the test's own listener.
      url: `https://mcp.example.com${pathname}`,
      claims: { iat: issuer.clock.seconds, ...claims },
      ...more,
    })
  }
  const proved = async (asked: Proved = {}): Promise<Asked> => {
    const { token = bound, proof: _proof, headers, ...more } = asked
    return {
      authorization: `DPoP ${token}`,
      headers: { dpop: await proofFor(asked), ...headers },
      ...more,
    }
  }
  const askProved = async (asked?: Proved) => ask(server, await proved(asked))
  return { ...scene, key, bound, boundToken, proofFor, proved, askProved }
}

/** An OAuth answer to a caller that used the scheme DPoP, to the letter. */
export function assertProofRefused(
  reply: Reply,
  error: ChallengeCode,
  what?: string,
  status: 400 | 401 | 403 = 401,
  scope?: string,
): void {
  assertChallenged(reply, status, error, what, scope, { used: 'DPoP' })
}

/** The reason of the latest decision, which only the operator sees. */
export async function lastReason(server: RunningServer): Promise<unknown> {
  const decisions = await server.events('mcp-resource-server:decision')
  return decisions.at(-1)?.reason
}

/** The nonce that an answer has. */
export function nonceOf({ headers }: Reply): string {
  const nonce = headers['dpop-nonce']
  assert.equal(typeof nonce, 'string')
  return String(nonce)
}
