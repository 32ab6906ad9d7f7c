import fc from 'fast-check'
import type { Edit } from '../../support/mutators/edit.ts'
import { mutateDocument, mutateToken } from '../../support/mutators/mutate-token.ts'
import {
  bearer,
  CLAIMS,
  ecKey,
  forge,
  ISSUER,
  NOW,
  RESOURCE,
  signToken,
  testResourceServer,
} from '../../support/tokens.ts'
import { edits } from '../support/arbitraries.ts'
import { check, checkDecision, watchEvents } from '../support/properties.ts'
import { isStrictJson, parsed } from '../support/strict-json.ts'
import type { Target } from '../support/target.ts'
import { CLIENT, Upstream } from '../support/upstream.ts'

const ANSWER = { active: true, ...CLAIMS, token_type: 'Bearer', username: 'alice' }

const DONOR = {
  active: 'true',
  aud: ['https://other.example.com'],
  exp: NOW - 3600,
  iss: 'https://evil.example',
  sub: 'bob',
  scope: ['mcp:tools'],
  token_type: 'DPoP',
  cnf: { 'x5t#S256': 'x' },
  client_id: null,
}

const OPAQUE = 'opaque-token-of-alice-0123456789'

/**
 * Damaged introspection answers, plain (RFC 7662) and signed (RFC 9701). An answer that is wrong in itself is
 * a 503: the caller's token may be good.
 */
export const introspection: Target<Input> = {
  name: 'introspection',
  executions: 1700,
  inputs: fc.record({
    format: fc.constantFrom('plain', 'signed', 'damaged'),
    jwt: fc.boolean(),
    edits: edits(4),
    envelope: edits(2, 0),
  }),
  async start() {
    const jwt = await signToken({ key: ecKey })
    const checkEvents = watchEvents()
    return async ({ format, jwt: isJwt, edits: changes, envelope }) => {
      const token = isJwt ? jwt : OPAQUE
      const answer = mutateDocument(ANSWER, format === 'damaged' ? [] : changes, DONOR)
      const payload = mutateDocument(
        { iss: ISSUER, aud: CLIENT.clientId, iat: NOW, token_introspection: '@' },
        format === 'damaged' ? [] : envelope,
        { ...DONOR, token_introspection: ANSWER },
      ).replace('"@"', () => answer)
      const signed = await forge({
        header: { alg: 'ES256', kid: 'ec-1', typ: 'token-introspection+jwt' },
        payload,
        key: ecKey,
      })
      const damaged = mutateToken(signed, changes, [signed, jwt])
      const body = { plain: answer, signed, damaged }[format]
      const upstream = new Upstream()
      upstream.replies = {
        '/introspect': {
          body,
          type: `application/${format === 'plain' ? 'json' : 'token-introspection+jwt'}`,
        },
      }
      const server = testResourceServer({
        server: { introspection: CLIENT, verification: 'introspection' },
        http: { fetch: upstream.fetch },
      })
      const secrets = [token, CLIENT.clientSecret]
      const decision = await server.authenticate(bearer(token))
      checkDecision(decision, secrets)
      checkEvents(secrets)
      await server.close()
      const { outcome } = decision
      check(['allowed', 'challenged', 'unavailable'].includes(outcome), 'outcome', outcome)
      if (format === 'damaged') {
        check(outcome === 'unavailable' || body === signed, 'a damaged answer counts', decision)
        return
      }
      const read = readAnswer(format === 'plain' ? answer : payload, format)
      if (outcome === 'unavailable') return
      check(read !== undefined, 'an unreadable answer is no 503', decision)
      check(typeof read.active === 'boolean', '"active" is no boolean', read)
      if (outcome === 'allowed') checkRight(read)
      else if (!read.active) check(decision.reason === 'token_inactive', 'inactive', decision)
    }
  },
}

interface Input {
  readonly format: 'plain' | 'signed' | 'damaged'
  readonly jwt: boolean
  readonly edits: readonly Edit[]
  readonly envelope: readonly Edit[]
}

function readAnswer(text: string, format: 'plain' | 'signed'): Record<string, unknown> | undefined {
  if (!isStrictJson(text)) return undefined
  const value = parsed(text) as Record<string, unknown> | null
  const answer = format === 'plain' ? value : value?.token_introspection
  const isObject = typeof answer === 'object' && answer !== null && !Array.isArray(answer)
  return isObject ? (answer as Record<string, unknown>) : undefined
}

function checkRight({
  active,
  iss,
  aud,
  exp,
  scope,
  cnf,
  token_type,
  nbf,
}: Record<string, unknown>) {
  check(active === true, 'accepted: active', active)
  check(iss === undefined || iss === ISSUER, 'accepted: iss', iss)
  check([aud].flat().includes(RESOURCE), 'accepted: aud', aud)
  check(typeof exp === 'number' && exp > NOW - 60, 'accepted: exp', exp)
  check(nbf === undefined || (nbf as number) <= NOW + 60, 'accepted: nbf', nbf)
  const scopes = typeof scope === 'string' ? scope.split(' ') : (scope as string[])
  check(scopes.includes('mcp:tools'), 'accepted: scope', scope)
  check(cnf === undefined, 'accepted: cnf', cnf)
  check(
    token_type === undefined || /^(bearer|access_token)$/i.test(String(token_type)),
    'accepted: token_type',
    token_type,
  )
}
