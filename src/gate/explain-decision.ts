import { checkRequest } from '../mcp/policy/check-request.ts'
import { checkPossession } from '../sender-constraint/possession.ts'
import type { Confirmation } from '../token/confirmation.ts'
import { Explanation, type RuleResult } from '../token/explanation.ts'
import { PresentedToken } from '../token/presented-token.ts'
import type { VerifiedToken } from '../token/verified-token.ts'
import { explainVerification } from '../verification/explain-verification.ts'
import { checkBoundOperations } from './bound-operations.ts'
import { checkRevocation } from './check-revocation.ts'
import { parseAuthorization } from './credentials.ts'
import { explainTools } from './explain-tools.ts'
import type { Gate } from './gate.ts'
import type { Guard } from './guard.ts'
import { checkScopes } from './scopes.ts'

/** What to explain besides the token. @internal */
export interface ExplainedUse {
  /** Whether the authorization server may be asked. */
  readonly online: boolean
  /** A tool that the caller wants to call; `undefined` explains a request without a message. */
  readonly tool: string | undefined
}

const BINDING_RULE = 'sender-constraint'

/** The gate accepts certificates, and the made-up request of an explanation has none. */
const CERTIFICATE_REASONS: ReadonlySet<string> = new Set([
  'certificate_missing',
  'connection_unknown',
])

/** The name of the rule about revocation. @internal */
export const REVOCATION_RULE = 'revocation'

const OPEN_RULES: ReadonlySet<string> = new Set([BINDING_RULE, REVOCATION_RULE])

/**
 * Explains what the gate would decide about a request with a token, rule by rule, in the order of
 * `authenticate`. The checks are those of the gate.
 *
 * @internal
 */
export async function explainDecision(
  gate: Gate,
  guard: Guard,
  text: string,
  { online, tool }: ExplainedUse,
): Promise<readonly RuleResult[]> {
  const explanation = new Explanation(text, online)
  const presented = await explanation.check({
    rule: 'text',
    check() {
      const credentials = parseAuthorization([`Bearer ${text}`], gate.maxTokenLength)
      return new PresentedToken(credentials.token)
    },
    seen: (found) => `${found.text.length} characters that an Authorization header can carry`,
  })
  if (presented === undefined) return explanation.results
  const token = await explainVerification(gate.verification, presented, explanation)
  if (token === undefined) return explanation.results
  await explainBinding(gate, guard, { presented, token }, explanation)
  await explainRevocation(gate, { presented, token }, explanation)
  await explainUse(gate, guard, token, tool, explanation)
  return explanation.results
}

interface ReadToken {
  readonly presented: PresentedToken
  readonly token: VerifiedToken
}

/**
 * Explains whether the caller must prove that it possesses a key. The proof is in the request, so a token
 * that needs one is neither accepted nor refused here.
 */
async function explainBinding(
  gate: Gate,
  { dpopMode }: Guard,
  { presented, token }: ReadToken,
  explanation: Explanation,
): Promise<void> {
  const request = { method: 'POST', url: '/', headers: {} }
  const asked = { request, presented, token }
  await explanation.check({
    rule: BINDING_RULE,
    check: () =>
      dpopMode === 'required' && token.confirmation?.jkt === undefined
        ? // It fails before the proof is looked at.
          checkPossession(gate, { ...asked, scheme: 'DPoP', proof: 'none' })
        : checkPossession(gate, { ...asked, scheme: 'Bearer', proof: undefined }),
    seen: () => 'the token may be presented as a bearer token',
    undecided: (reason) => proofWanted(reason, dpopMode, token.confirmation),
  })
}

/** What the request must have so that the gate accepts a bound token; `undefined` if nothing helps. */
function proofWanted(
  reason: string,
  dpopMode: Guard['dpopMode'],
  confirmation: Confirmation | undefined,
): string | undefined {
  if (confirmation?.jkt !== undefined && dpopMode !== 'off') {
    const too =
      confirmation['x5t#S256'] === undefined ? '' : ', and the client certificate of the token'
    return `the request needs the scheme DPoP, and in the header DPoP a proof with the key of the token${too}`
  }
  return CERTIFICATE_REASONS.has(reason)
    ? 'the request needs the client certificate that the token is bound to'
    : undefined
}

async function explainRevocation(
  gate: Gate,
  { presented, token }: ReadToken,
  explanation: Explanation,
): Promise<void> {
  await explanation.check({
    rule: REVOCATION_RULE,
    needs: decidedRules(explanation),
    offline: 'not checked offline: a running server knows which tokens are revoked',
    check: () => checkRevocation(gate, token, presented),
    seen: () => 'no revocation of the token is known here',
  })
}

/**
 * The rules so far, without those that nothing more is known about: the proof of a bound token, and
 * revocations offline. If all others hold, the token is verified.
 */
function decidedRules({ results }: Explanation): readonly string[] {
  return results
    .filter(({ rule, outcome }) => outcome !== 'unchecked' || !OPEN_RULES.has(rule))
    .map(({ rule }) => rule)
}

/** Explains whether the token has the rights for a request, or for a tool. */
async function explainUse(
  gate: Gate,
  { requiredScopes, policy }: Guard,
  token: VerifiedToken,
  tool: string | undefined,
  explanation: Explanation,
): Promise<void> {
  const demand =
    tool === undefined || policy === undefined
      ? undefined
      : await explanation.check({
          rule: 'policy',
          // A rule may call a function of the user, which must not see a forged token.
          needs: decidedRules(explanation),
          async check() {
            const found = await checkRequest(policy, callOf(tool), token, {})
            checkBoundOperations(requiredScopes, found)
            return found
          },
          seen: () => `no rule of the policy denies the tool ${JSON.stringify(tool)}`,
        })
  if (tool === undefined && policy !== undefined && policy.book.tools.size > 0) {
    await explanation.check({
      rule: 'tools',
      needs: decidedRules(explanation),
      check: () => explainTools(policy, token),
      seen: (found) => found,
    })
  }
  await explanation.check({
    rule: 'scopes',
    // The scopes of a lightweight token are known when introspection has completed it.
    needs: [explanation.has('completed-scope-claim') ? 'completed-scope-claim' : 'scope-claim'],
    check: () => checkScopes(gate, token, requiredScopes, demand),
    seen() {
      const needed = [...new Set([...requiredScopes, ...(demand?.scopes ?? [])])]
      return needed.length === 0
        ? 'no scope is required'
        : `the token has the required scopes: ${needed.join(' ')}`
    },
  })
}

/** A request that calls a tool. */
function callOf(tool: string) {
  const call = { jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name: tool } }
  return {
    method: 'POST',
    url: '/',
    headers: { 'content-type': 'application/json' },
    message: async () => new TextEncoder().encode(JSON.stringify(call)),
  }
}
