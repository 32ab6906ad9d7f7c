import type { Mutant } from './mutants-list.ts'

/** What `protectServer` does behind the gate, and how adapters are mounted. */
export const PROTECTED_MUTANTS: readonly Mutant[] = [
  // message-gate.ts
  {
    name: 'behind a missing gate messages go on',
    file: 'src/gate/wired-message-gate.ts',
    find: "      throw new UnavailableError('gate_missing', detail)\n",
    replace: '      return token as VerifiedToken\n',
  },
  {
    name: 'a token of another resource server will do',
    file: 'src/gate/wired-message-gate.ts',
    find: 'if (token === undefined || resource !== this.#resource) {',
    replace: 'if (token === undefined) {',
  },
  {
    name: 'a connection goes on for ever with the token that it began with',
    file: 'src/gate/wired-message-gate.ts',
    find: 'clock() / 1000 <= token.expiresAt + grace',
    replace: 'clock() / 1000 <= token.expiresAt + grace + 1e9',
  },
  {
    name: 'messages on a stream end with the token, whatever grace it has',
    file: 'src/gate/wired-message-gate.ts',
    find: 'if (clock() / 1000 <= token.expiresAt + grace)',
    replace: 'if (clock() / 1000 <= token.expiresAt)',
  },
  {
    name: 'a message is refused, and not by 401, that the gate has accepted within the tolerance',
    file: 'src/gate/wired-message-gate.ts',
    find: ': Math.max(streamGrace, clockTolerance)',
    replace: ': streamGrace',
  },
  {
    name: 'a transport of one session serves everybody',
    file: 'src/gate/wired-message-gate.ts',
    find: 'if (principal === undefined || principal !== memory.owner) {',
    replace: 'if (principal === undefined) {',
  },
  {
    name: 'a stranger’s message is answered into somebody’s session',
    file: 'src/gate/wired-message-gate.ts',
    find: "failure.reason !== 'session_unknown' || owner === undefined",
    replace: 'failure.reason !== undefined || owner === undefined',
  },
  {
    name: 'behind the gate the policy is not enforced',
    file: 'src/gate/wired-message-gate.ts',
    find: 'return this.#gate.policy?.checkCall({ id: null, method, params }, token)',
    replace: 'return undefined',
  },
  {
    name: 'an event of a refused message holds the token',
    file: 'src/gate/wired-message-gate.ts',
    find: "[operation === undefined ? 'a response' : describe(operation, shown)]",
    replace: "[operation === undefined ? 'a response' : describe(operation, '')]",
  },
  {
    name: 'the detail of a refused message holds the token',
    file: 'src/gate/wired-message-gate.ts',
    find: 'createDecisionEvent(refusalOf(failure, shown), {',
    replace: "createDecisionEvent(refusalOf(failure, ''), {",
  },
  {
    name: 'nobody is told that the gate is missing',
    file: 'src/gate/wired-message-gate.ts',
    find: "      warnOnce(this, 'MCP_GATE_MISSING', () => gateMissing(detail, this.#gate.resource))\n",
    replace: '',
  },
  {
    name: 'what a read callback may read is not asked',
    file: 'src/gate/wired-message-gate.ts',
    find: 'this.#resources?.check(registered, uri, message.params, token),\n',
    replace: 'undefined,\n',
  },
  // adapters/guarded-connection.ts
  {
    name: 'a server is connected without anything in between',
    file: 'src/adapters/guarded-connection.ts',
    find: '    guardMessages(messages, transport)\n',
    replace: '',
  },
  {
    name: 'an SDK that does not start its transport is served unguarded',
    file: 'src/adapters/guarded-connection.ts',
    find: '    if (guard.started) return\n',
    replace: '    if (guard.started || guard) return\n',
  },
  {
    name: 'what is refused goes on to the handlers as well',
    file: 'src/adapters/guarded-connection.ts',
    find: '      if (refusal === undefined) {\n',
    replace: '      if (refusal === undefined || refusal) {\n',
  },
  {
    name: 'lists show everything',
    file: 'src/adapters/guarded-connection.ts',
    find: 'await messages.filterList(method, message.result, call.origin.token, params)',
    replace: 'await Promise.resolve(message.result ?? params ?? method)',
  },
  {
    name: 'an answer from outside of its request is sent, whatever list it is',
    file: 'src/adapters/guarded-connection.ts',
    find: 'if (call?.transport !== transport || call.message.id !== message.id) {',
    replace:
      'if (call?.transport !== transport || call.message.id !== message.id) {\n      if (transport) return send(message, options)',
  },
  // adapters/guarded-registrations.ts
  {
    name: 'resources that were there before are read by anybody',
    file: 'src/adapters/registrations.ts',
    find: ", ...named('resources'), ...templates]",
    replace: ", ...named('resources'), ...templates.slice(0, 0)]",
  },
  {
    name: 'another callback is not guarded',
    file: 'src/adapters/guarded-registrations.ts',
    find: '      callback = next\n',
    replace: "      Object.defineProperty(registered, 'readCallback', { value: next })\n",
  },
  {
    name: 'an SDK that keeps its resources elsewhere is taken for one without any',
    file: 'src/adapters/registrations.ts',
    find: "if (typeof entries !== 'object' || entries === null) throw unknownSdk(where, what)",
    replace: "if (typeof entries !== 'object' || entries === null) return {}",
  },
  // adapters/protected-server.ts
  {
    name: 'a server that is connected already is left as it is, without a word',
    file: 'src/adapters/protected-server.ts',
    find: 'if (low.transport !== undefined) {',
    replace: 'if (low.transport === null) {',
  },
  // mcp/registered-resources.ts
  {
    name: 'of a template that the SDK has matched the rule does not count',
    file: 'src/mcp/registered-resources.ts',
    find: 'this.#uris.get(uri) ?? this.#templates.get(withoutVariableNames(registered))',
    replace: 'this.#uris.get(uri)',
  },
  {
    name: 'the rule of a template takes away what a rule gives by name',
    file: 'src/mcp/registered-resources.ts',
    find: 'this.#uris.get(uri) ?? this.#templates.get(withoutVariableNames(registered))',
    replace: 'this.#templates.get(withoutVariableNames(registered))',
  },
  {
    name: 'a template whose expressions are called otherwise has no rule',
    file: 'src/mcp/registered-resources.ts',
    find: "'{$1}')",
    replace: "'$&')",
  },
  // adapters/mounting.ts
  {
    name: 'a gate below a path leads clients to a 404, without a word',
    file: 'src/adapters/mounting.ts',
    find: 'return mounted.has(resourceServer)',
    replace: 'return mounted.has(resourceServer) || true',
  },
  {
    name: 'documents below a path are as good as at the root',
    file: 'src/adapters/fastify.ts',
    find: "    const adapter = adapterOf('fastifyEndpoints', resourceServer)\n    if (scope.prefix === '') recordEndpoints(resourceServer)\n",
    replace:
      "    const adapter = adapterOf('fastifyEndpoints', resourceServer)\n    recordEndpoints(resourceServer)\n",
  },
  {
    name: 'Express: a route that was passed before is taken for the gate’s own',
    file: 'src/adapters/express.ts',
    find: 'route?.stack?.some(({ handle }) => handle === middleware) === true',
    replace: 'route !== undefined',
  },
  {
    name: 'completions suggest what nobody may use',
    file: 'src/mcp/completion-filter.ts',
    find: "return outcome === 'allowed' ||",
    replace: "return outcome !== 'x' ||",
  },
  {
    name: 'completions are not filtered',
    file: 'src/gate/wired-message-gate.ts',
    find: "if (method === 'completion/complete') return",
    replace: "if (method === '') return",
  },
  {
    name: 'completions are judged without their parameters',
    file: 'src/adapters/guarded-connection.ts',
    find: 'call.origin.token, params)',
    replace: 'call.origin.token)',
  },
  {
    name: 'completions count what they leave out',
    file: 'src/mcp/completion-filter.ts',
    find: '...result, completion: { ...rest,',
    replace: '...result, completion: { ...result.completion,',
  },
]
