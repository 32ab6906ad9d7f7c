import type { Mutant } from './mutants-list.ts'

/** Checks of the gate about DPoP: schemes, modes, two guards, nonces, sessions. */
export const GATE_DPOP_MUTANTS: readonly Mutant[] = [
  // gate/check-possession-once.ts
  {
    name: 'DPoP at the gate: a second guard asks for a second proof',
    file: 'src/gate/check-possession-once.ts',
    find: 'if (checked !== undefined && isSame(checked.presentation, presentation)) return checked.possession',
    replace: 'void checked\n  void isSame',
  },
  {
    name: 'DPoP at the gate: what one guard has checked holds for any later proof',
    file: 'src/gate/check-possession-once.ts',
    find: 'first.proof === second.proof &&',
    replace: '',
  },
  {
    name: 'DPoP at the gate: what one guard has checked holds for any later token',
    file: 'src/gate/check-possession-once.ts',
    find: 'first.presented.text === second.presented.text &&',
    replace: '',
  },
  {
    name: 'DPoP at the gate: what one guard has checked holds for any method',
    file: 'src/gate/check-possession-once.ts',
    find: 'first.request.method === second.request.method &&',
    replace: '',
  },
  {
    name: 'DPoP at the gate: what one guard has checked holds for any address',
    file: 'src/gate/check-possession-once.ts',
    find: 'first.request.url === second.request.url',
    replace: 'true',
  },
  {
    name: 'DPoP at the gate: Node does not tell that two guards see one request',
    file: 'src/adapters/node-request.ts',
    find: '    original: request,\n',
    replace: '',
  },
  {
    name: 'DPoP at the gate: a copy for the handler is taken for another request',
    file: 'src/adapters/web-exchange.ts',
    find: '  originals.set(copy, original)\n',
    replace: '',
  },
  {
    name: 'DPoP at the gate: Hono, a request that middleware replaced is taken for another one',
    file: 'src/adapters/hono.ts',
    find: '    originals.set(c, original)\n',
    replace: '',
  },
  {
    name: 'DPoP at the gate: mcpGate, the copy that it reads is taken for another request',
    file: 'src/adapters/mcp-server.ts',
    find: '      original: request,\n',
    replace: '',
  },
  {
    name: 'certificates: a note of the profile counts as a binding',
    file: 'src/token/confirmation.ts',
    find: 'members.filter(([name]) => KNOWN_MEMBERS.has(name))',
    replace: 'members',
  },
  // gate/answer.ts, gate/authenticate.ts
  {
    name: 'DPoP at the gate: the error stands at every scheme',
    file: 'src/gate/answer.ts',
    find: 'const error = scheme === (used ?? schemes[0]) ? code : undefined',
    replace: 'const error = code',
  },
  {
    name: 'DPoP at the gate: Bearer is offered where DPoP is required for the operation',
    file: 'src/gate/answer.ts',
    find: "SCHEMES[reason === 'dpop_required' ? 'required' : dpopMode]",
    replace: 'SCHEMES[reason === dpopMode ? dpopMode : dpopMode]',
  },
  {
    name: 'DPoP at the gate: a challenge names no algorithms',
    file: 'src/gate/answer.ts',
    find: "algs: scheme === 'DPoP' ? dpop.algorithms : undefined",
    replace: 'algs: dpop.algorithms.length === 0 ? [] : undefined',
  },
  {
    name: 'DPoP at the gate: a refusal has no new nonce',
    file: 'src/gate/authenticate.ts',
    find: 'mergeHeaders(headers, findings.possession?.headers ?? NO_HEADERS)',
    replace: 'mergeHeaders(headers, NO_HEADERS)',
  },
  {
    name: 'DPoP at the gate: browsers do not see the nonce',
    file: 'src/gate/cross-origin.ts',
    find: "'WWW-Authenticate, DPoP-Nonce, Retry-After",
    replace: "'WWW-Authenticate, Retry-After",
  },
  {
    name: 'DPoP at the gate: a nonce is given where DPoP is off',
    file: 'src/gate/answer.ts',
    find: "route.dpopMode === 'off' ? NO_HEADERS :",
    replace: 'route.dpopMode === undefined ? NO_HEADERS :',
  },
  // gate/bound-operations.ts, gate/guard.ts
  {
    name: 'DPoP at the gate: an operation that needs a bound token takes any',
    file: 'src/gate/bound-operations.ts',
    find: 'if (demand?.unbound === undefined) return',
    replace: 'if (demand !== null) return',
  },
  {
    name: 'DPoP at the gate: a message inside the server that needs a bound token takes any',
    file: 'src/gate/wired-message-gate.ts',
    find: "if (decision.outcome === 'dpop_required') {",
    replace:
      "if (decision.outcome === 'dpop_required') return undefined\n  if (decision === undefined) {",
  },
  {
    name: 'DPoP at the gate: a route does not have a mode of its own',
    file: 'src/gate/guard.ts',
    find: 'const dpopMode = settings.dpop ?? gate.dpopMode',
    replace: 'const { dpopMode } = gate',
  },
  // without a request
  {
    name: 'DPoP at the gate: verify() takes bearer tokens where DPoP is required',
    file: 'src/gate/authenticate-token.ts',
    find: "if (guard.dpopMode === 'required') {",
    replace: 'if (guard.dpopMode === undefined) {',
  },
  {
    name: 'DPoP at the gate: the middleware of the SDK stands for a gate that requires DPoP',
    file: 'src/adapters/host-verifier.ts',
    find: 'if (resourceServer.metadata.dpop_bound_access_tokens_required === true) {',
    replace: 'if (resourceServer.metadata === undefined) {',
  },
  // sessions
  {
    name: 'DPoP at the gate: a session of a bound token goes on with a bearer token',
    file: 'src/mcp/sessions.ts',
    find: 'if (owner.bound === true && token.confirmation === undefined) {',
    replace: 'if (owner.bound === undefined && owner.principal === undefined) {',
  },
  {
    name: 'DPoP at the gate: inside the server a session of a bound token goes on with a bearer token',
    file: 'src/gate/wired-message-gate.ts',
    find: 'if (memory.bound === true && !bound) {',
    replace: 'if (memory.bound === undefined) {',
  },
  // telemetry
  {
    name: 'DPoP at the gate: an event has a method that is a piece of the proof',
    file: 'src/gate/decision-event.ts',
    find: 'return withoutToken(method, presented())',
    replace: 'return presented === undefined ? undefined : method',
  },
  {
    name: 'DPoP at the gate: messages may quote the proof',
    file: 'src/gate/credentials.ts',
    find: "...headerValues(headers, 'dpop')].join",
    replace: '].join',
  },
]
