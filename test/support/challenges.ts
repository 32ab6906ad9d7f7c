/** The challenges of a resource server with the default options, which offers Bearer and DPoP. */

/** The accepted algorithms of DPoP proofs, as a challenge names them. */
export const PROOF_ALGORITHMS = 'ES256 ES384 ES512 EdDSA Ed25519 PS256 RS256'

const DESCRIPTIONS = {
  invalid_request: 'The Authorization header is malformed.',
  invalid_token: 'The access token is not valid for this server.',
  insufficient_scope: 'The access token lacks a scope that this request needs.',
  invalid_dpop_proof: 'The DPoP proof is not valid for this request.',
  use_dpop_nonce: 'The DPoP proof needs the nonce of the header DPoP-Nonce.',
} as const

export type ChallengeCode = keyof typeof DESCRIPTIONS

/** The `error_description` that belongs to a code, also in the body of the answer. */
export const descriptionOf = (code: ChallengeCode | undefined): string =>
  code === undefined ? 'An access token is needed.' : DESCRIPTIONS[code]

export interface ExpectedChallenge {
  readonly error?: ChallengeCode | undefined
  /** The scheme that the caller used: its challenge has the error. Default Bearer. */
  readonly used?: 'Bearer' | 'DPoP' | undefined
  /** Default both. */
  readonly offered?: readonly ('Bearer' | 'DPoP')[] | undefined
  readonly realm?: string | undefined
  readonly scope?: string | undefined
  readonly metadataUrl: string
}

/** The whole `WWW-Authenticate` header. */
export function challengesOf(expected: ExpectedChallenge): string {
  const { error, used = 'Bearer', offered = ['Bearer', 'DPoP'], realm, scope } = expected
  return offered
    .map((scheme) => {
      const parameters = [
        ...(realm === undefined ? [] : [`realm="${realm}"`]),
        ...(error === undefined || scheme !== used
          ? []
          : [`error="${error}"`, `error_description="${descriptionOf(error)}"`]),
        ...(scope === undefined ? [] : [`scope="${scope}"`]),
        `resource_metadata="${expected.metadataUrl}"`,
        ...(scheme === 'DPoP' ? [`algs="${PROOF_ALGORITHMS}"`] : []),
      ]
      return `${scheme} ${parameters.join(', ')}`
    })
    .join(', ')
}
