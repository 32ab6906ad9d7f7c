import { isDeepStrictEqual } from 'node:util'
import fc from 'fast-check'
import { ChallengeError, type VerifiedToken } from '../../../src/index.ts'
import type { Edit } from '../../support/mutators/edit.ts'
import { mutateDocument } from '../../support/mutators/mutate-token.ts'
import {
  bearer,
  CLAIMS,
  ecKey,
  forge,
  ISSUER,
  NOW,
  RESOURCE,
  rsaKey,
  testResourceServer,
} from '../../support/tokens.ts'
import { edits } from '../support/arbitraries.ts'
import { check, checkDecision, documented, watchEvents } from '../support/properties.ts'
import { isStrictJson, parsed } from '../support/strict-json.ts'
import type { Target } from '../support/target.ts'

/** Claims of other kinds of tokens and of other users. */
const DONOR = {
  sub: 'bob',
  aud: ['https://other.example.com', RESOURCE],
  scope: ['mcp:tools', 'mcp:admin'],
  iat: NOW + 3600,
  nbf: NOW + 3600,
  exp: NOW - 3600,
  iss: `${ISSUER}/`,
  cnf: { jkt: 'x'.repeat(43) },
  events: {},
  token_introspection: {},
  nonce: 'n',
  azp: 'other',
}

const HEADER_DONOR = {
  typ: 'logout+jwt',
  crit: ['exp'],
  b64: false,
  jku: 'https://evil.example/jwks',
  jwk: rsaKey.publicKey,
  kid: 'ec-1',
  alg: 'none',
  enc: 'A128GCM',
  cty: 'JWT',
}

/**
 * Anything that an issuer may sign: header and payload are mutated, and signed anew. An accepted token must obey
 * rules that are written here a second time.
 */
export const claims: Target<Input> = {
  name: 'claims',
  executions: 4000,
  inputs: fc.record({
    // RSA signs slowly.
    elliptic: fc.nat(9).map((tenth) => tenth > 0),
    header: edits(2, 0),
    payload: edits(3, 0),
  }),
  start() {
    const server = testResourceServer()
    const checkEvents = watchEvents()
    return async ({ elliptic, header: headerEdits, payload: payloadEdits }) => {
      const key = elliptic ? ecKey : rsaKey
      const about = { alg: key.algorithm, kid: key.keyId, typ: 'at+jwt' }
      const header = mutateDocument(about, headerEdits, HEADER_DONOR)
      const payload = mutateDocument(CLAIMS, payloadEdits, DONOR)
      const token = await forge({ header, payload, key })
      const verified = await documented(() => server.verify(token), [token])
      const decision = await server.authenticate(bearer(token))
      checkDecision(decision, [token])
      check(!(verified instanceof Error) || verified instanceof ChallengeError, 'verify is a 503')
      check(decision.outcome === 'allowed' || decision.outcome === 'challenged', decision.outcome)
      check(!(verified instanceof Error) === (decision.outcome === 'allowed'), 'two verdicts')
      if (!(verified instanceof Error)) checkRight(header, payload, verified, key.algorithm)
      checkEvents([token])
    }
  },
}

interface Input {
  readonly elliptic: boolean
  readonly header: readonly Edit[]
  readonly payload: readonly Edit[]
}

const TOLERANCE = 60

/** Checks an accepted token against RFC 9068, RFC 7519 and RFC 7515, read anew. */
function checkRight(header: string, payload: string, verified: VerifiedToken, algorithm: string) {
  check(isStrictJson(header) && isStrictJson(payload), 'accepted: a member twice', payload)
  const head = parsed(header) as Record<string, unknown>
  const body = parsed(payload) as Record<string, unknown>
  const { alg, typ } = head
  check(alg === algorithm, 'accepted: alg', alg)
  check(/^(application\/)?at\+jwt$/i.test(String(typ)) && typeof typ === 'string', 'typ', typ)
  for (const name of ['crit', 'b64', 'enc']) check(!(name in head), `accepted: ${name}`)
  const { iss, aud, sub, exp, nbf, iat, jti, client_id, scope, cnf, events } = body
  check(iss === ISSUER, 'accepted: iss', iss)
  const audience = typeof aud === 'string' ? [aud] : (aud as unknown[])
  check(audience.includes(RESOURCE), 'accepted: aud', aud)
  check(
    audience.every((one) => typeof one === 'string'),
    'accepted: aud',
    aud,
  )
  check(typeof exp === 'number' && exp > NOW - TOLERANCE && exp < 2 ** 53, 'accepted: exp', exp)
  check(typeof iat === 'number' && iat <= NOW + TOLERANCE && iat >= 0, 'accepted: iat', iat)
  if (nbf !== undefined) {
    check(typeof nbf === 'number' && nbf <= NOW + TOLERANCE && nbf >= 0, 'accepted: nbf', nbf)
  }
  for (const text of [sub, jti, client_id]) {
    check(typeof text === 'string' && text !== '', 'accepted: no text', text)
  }
  check(cnf === undefined, 'accepted: cnf', cnf)
  check(typeof events !== 'object' || events === null || Array.isArray(events), 'accepted: events')
  check(body.token_introspection === undefined, 'accepted: token_introspection')
  const scopes = typeof scope === 'string' ? scope.split(' ') : (scope as string[])
  check(scopes.includes('mcp:tools'), 'accepted: scope', scope)
  const expected = { subject: sub, clientId: client_id, tokenId: jti, issuer: ISSUER }
  const { subject, clientId, tokenId, issuer } = verified
  check(
    isDeepStrictEqual({ subject, clientId, tokenId, issuer }, expected),
    'other claims',
    verified,
  )
  check(isDeepStrictEqual([...verified.audience], audience), 'another audience', verified)
  check(
    verified.scopes.every((one) => scopes.includes(one)),
    'more scopes',
    verified.scopes,
  )
}
