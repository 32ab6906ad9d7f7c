import type { Mutant } from './mutants-list.ts'

/** Checks of what goes out to authorization servers, and of what comes back. */
export const OUTBOUND_MUTANTS: readonly Mutant[] = [
  // lanes
  {
    name: 'made-up tokens stand in the way of verified ones',
    file: 'src/verification/introspection-verification.ts',
    find: "context, 'unverified_tokens')",
    replace: "context, 'verified_tokens')",
  },
  {
    name: 'a hung issuer stands in the way of its neighbour',
    file: 'src/authorization-server/http/lanes.ts',
    find: 'const known = this.#lanes.get(name)',
    replace:
      'const known = [...this.#lanes].find(([of]) => of.split(` `)[0] === name.split(` `)[0])?.[1]',
  },
  {
    name: 'the number of lanes has no bound',
    file: 'src/authorization-server/http/lanes.ts',
    find: 'if (this.#lanes.size >= this.#most) this.#closeOne()',
    replace: '',
  },
  {
    name: 'a lane with calls is closed to make room',
    file: 'src/authorization-server/http/lanes.ts',
    find: 'if (lane.pending > 0) continue',
    replace: '',
  },
  {
    name: 'a closed lane is used again',
    file: 'src/authorization-server/http/lanes.ts',
    find: 'this.#targets.clear()\n      const closing',
    replace: 'const closing',
  },
  {
    name: 'keycloak() sends made-up opaque tokens to Keycloak',
    file: 'src/keycloak/keycloak.ts',
    find: 'opaqueTokens: opaqueTokens ?? false,',
    replace: 'opaqueTokens: opaqueTokens ?? true,',
  },
  {
    name: 'a verifier used directly sends opaque tokens whatever the option says',
    file: 'src/verification/introspection-verification.ts',
    find: "if (opaqueTokens) return 'opaque'",
    replace: "if (opaqueTokens !== undefined) return 'opaque'",
  },
  // answers about another token
  {
    name: 'introspection: a JWT is not compared with its answer',
    file: 'src/verification/introspection-verification.ts',
    find: 'if (own !== undefined) checkSameToken(own, claims)',
    replace: 'void [own, checkSameToken]',
  },
  {
    name: 'the client is compared by one name alone',
    file: 'src/verification/same-token.ts',
    find: 'if (own[theirs] === undefined && answer[mine] === undefined) {',
    replace: 'if (own === answer) {',
  },
  {
    name: 'a connection that is out of step stays in use',
    file: 'src/verification/introspection-verification.ts',
    find: '      endpoint.distrustConnections()\n',
    replace: '',
  },
  {
    name: 'connections are kept whatever the option says',
    file: 'src/authorization-server/http/undici-transport.ts',
    find: '...(reuse ? {} : { reset: true }),',
    replace: '',
  },
  // answers
  {
    name: 'a malformed member of an answer is the caller’s fault',
    file: 'src/authorization-server/introspection-endpoint.ts',
    find: "if (fault !== undefined) throw this.#failed('introspection_answer_invalid', fault)",
    replace: 'void fault',
  },
  {
    name: 'lightweight: scopes that were taken back',
    file: 'src/verification/jwt-verification.ts',
    find: 'const scopes = stillGranted(signed, added, scopeClaims.introspection, scopePrefix)',
    replace: 'const scopes = signed',
  },
  {
    name: 'a lightweight token gets scopes of the answer under another name',
    file: 'src/verification/jwt-verification.ts',
    find: 'const signed = readScopes(jws.claims, scopeClaims.jwt, scopePrefix) ?? verified.scopes',
    replace: 'const signed = verified.scopes',
  },
  {
    name: 'introspection: a JWT for another server that its answer calls ours',
    file: 'src/verification/introspection-verification.ts',
    find: 'if (own?.aud !== undefined) this.#checkOwnAudience(own)',
    replace: 'if (own?.aud === null) this.#checkOwnAudience(own)',
  },
  {
    name: 'introspection: a JWT with a dot at its end escapes the comparison',
    file: 'src/jws/compact-jws.ts',
    find: "const [, payload = ''] = token.split('.', 2)",
    replace: "const [, payload = ''] = parseCompactJws(token).compact.split('.', 2)",
  },
  {
    name: 'a narrowed token is refused for what Keycloak answers',
    file: 'src/token/rules.ts',
    find: 'rules: { ...rules, exclusiveAudience: false },',
    replace: 'rules,',
  },
  {
    name: 'ready() takes wrong credentials',
    file: 'src/authorization-server/introspection-endpoint.ts',
    find: 'const answer = await this.introspect(',
    replace: 'if (this) return\n    const answer = await this.introspect(',
  },
  {
    name: 'ready() trusts a server that calls everything active',
    file: 'src/authorization-server/introspection-endpoint.ts',
    find: 'if (answer === undefined) return\n',
    replace: 'if (answer !== null) return\n',
  },
  // redirects
  {
    name: 'an answer from elsewhere counts',
    file: 'src/authorization-server/http/fetch-transport.ts',
    find: 'if (wasRedirected(reply, call.url)) {',
    replace: 'if (wasRedirected(reply, reply.url)) {',
  },
  {
    name: 'an interceptor on undici’s redirect handler follows',
    file: 'src/authorization-server/http/undici-transport.ts',
    find: 'else if (context?.history?.length)',
    replace: 'else if (context === null)',
  },
  // words
  {
    name: 'the code of a given fetch may be the token',
    file: 'src/authorization-server/http/failure-words.ts',
    find: "return SYSTEM_CODE.test(code) && !quotes(code, call) ? code : 'the call failed'",
    replace:
      "return SYSTEM_CODE.test(code) && quotes(code, call) !== null ? code : 'the call failed'",
  },
  {
    name: 'the code of a given fetch may be anything',
    file: 'src/authorization-server/http/failure-words.ts',
    find: "return SYSTEM_CODE.test(code) && !quotes(code, call) ? code : 'the call failed'",
    replace: "return code !== '' && !quotes(code, call) ? code : 'the call failed'",
  },
  {
    name: 'a secret in Basic credentials is not looked for',
    file: 'src/authorization-server/http/failure-words.ts',
    find: 'values.push(word, ...parts, ...parts.map(formDecoded))',
    replace: 'values.push(word)',
  },
  {
    name: 'the error code of an exchange may be the token',
    file: 'src/authorization-server/http/failure-words.ts',
    find: '(OAUTH_ERROR.test(error) && !quotes(error, call))',
    replace: 'OAUTH_ERROR.test(error)',
  },
  {
    name: 'the error code of an exchange may be anything',
    file: 'src/authorization-server/http/failure-words.ts',
    find: '(OAUTH_ERROR.test(error) && !quotes(error, call))',
    replace: '!quotes(error, call)',
  },
  // exchanges
  {
    name: 'a malformed scope of an exchange is the caller’s fault',
    file: 'src/token-exchange/token-exchange-endpoint.ts',
    find: 'scopes: scope === undefined ? scopes : this.#readScopes(scope),',
    replace: 'scopes: scope === undefined ? scopes : readScopes(scope),',
  },
  {
    name: 'an exchanged token outlives itself where the clock was set back meanwhile',
    file: 'src/token-exchange/token-exchange-endpoint.ts',
    find: 'Math.min(asked, this.#clock())',
    replace: 'asked',
  },
  {
    name: 'a redirect refuses an exchange',
    file: 'src/token-exchange/token-exchange-endpoint.ts',
    find: '!REFUSALS.has(status)',
    replace: 'status >= 500 || status === 429',
  },
  {
    name: 'what is exchanged for changes with the caller’s object',
    file: 'src/token-exchange/cached-exchanges.ts',
    find: 'const asked = { audience, resource, scopes, signal }',
    replace:
      'const asked = { ...{ audience, resource, scopes, signal }, get audience() { return target.audience }, get scopes() { return target.scopes ?? [] } }',
  },
  {
    name: 'kept scopes may be changed by whoever got them',
    file: 'src/token-exchange/cached-exchanges.ts',
    find: 'const exchanged = deepFreeze(',
    replace: 'const exchanged = [deepFreeze, (token: ExchangedToken) => token][1]!(',
  },
  // leaving and closing
  {
    name: 'a token is sent for somebody who has left',
    file: 'src/storage/single-flight.ts',
    find: 'if (joined.waiting === 0) joined.abandoned?.abort(signal.reason)',
    replace: '',
  },
  {
    name: 'one who leaves takes it from the others',
    file: 'src/storage/single-flight.ts',
    find: 'if (joined.waiting === 0) joined.abandoned?.abort(signal.reason)',
    replace: 'joined.abandoned?.abort(signal.reason)',
  },
  {
    name: 'one who comes back gets the failure of those who left',
    file: 'src/storage/single-flight.ts',
    find: 'return this.run(key, work, signal)',
    replace: 'throw error',
  },
  {
    name: 'a token is sent once its connection stands, whoever has left',
    file: 'src/authorization-server/http/undici-transport.ts',
    find: 'else if (call.signal?.aborted) stop(controller, call.signal.reason)\n',
    replace: '',
  },
  {
    name: 'close(): connections that do not stand yet stay open',
    file: 'src/authorization-server/http/connections.ts',
    find: 'for (const socket of generation.connecting) socket.destroy()',
    replace: '',
  },
  {
    name: 'a call that undici loses keeps its place',
    file: 'src/authorization-server/http/undici-transport.ts',
    find: '        connections?.replace()\n        done()\n',
    replace: '        connections?.replace()\n',
  },
  {
    name: 'the next call goes where one was lost',
    file: 'src/authorization-server/http/undici-transport.ts',
    find: '        connections?.replace()\n        done()\n',
    replace: '        done()\n',
  },
  {
    name: 'a call ends when its dispatcher lets it',
    file: 'src/authorization-server/http/undici-transport.ts',
    find: '      reject(reason)\n      done()\n',
    replace: '',
  },
  {
    name: 'a place is given back twice',
    file: 'src/authorization-server/http/undici-transport.ts',
    find: 'if (over) return\n      over = true',
    replace: 'over = true',
  },
  {
    name: 'close(): calls go on through a fetch',
    file: 'src/authorization-server/http/http-client.ts',
    find: "for (const deadline of underWay) deadline.abort(new CallFailure('close() was called'))",
    replace: '',
  },
  {
    name: 'close(): what is remembered goes on',
    file: 'src/verification/cached-verification.ts',
    find: '    if (this.#closed) throw closedError()\n    const found',
    replace: '    const found',
  },
  {
    name: 'close(): a verifier used directly goes on',
    file: 'src/verification/closable-verification.ts',
    find: 'if (this.#closed) throw closedError()\n    const work',
    replace: 'const work',
  },
  {
    name: 'close(): documents are fetched all the same',
    file: 'src/authorization-server/http/http-client.ts',
    find: 'if (closed) throw',
    replace: 'if (call === undefined) throw',
  },
  {
    name: 'close(): exchanged tokens go on',
    file: 'src/token-exchange/token-exchanger.ts',
    find: "if (closed) throw new UnavailableError('closed', 'token exchange: close() was called')",
    replace: '',
  },
  {
    name: 'a way to authenticate that is never done holds its callers for ever',
    file: 'src/authorization-server/client-authentication/authenticate-client.ts',
    find: 'return leaveOnAbort(work, deadline).catch(',
    replace: 'return work.catch(',
  },
  {
    name: 'a form leaves without credentials where there is no client',
    file: 'src/authorization-server/form-call.ts',
    find: 'if (client === undefined) {',
    replace:
      "if (client === undefined) {\n    if (request.purpose !== 'discovery') return { ...request, issuer, method: 'POST', url: '', headers: {}, body: '' } as never",
  },
  {
    name: 'a trace holds the answer of the authorization server, which may be a token',
    file: 'src/telemetry/run-traces.ts',
    find: 'const withoutResult = async (): Promise<void> => {\n    try {\n      results.push(await work())',
    replace:
      'const withoutResult = async (): Promise<unknown> => {\n    try {\n      const result = await work()\n      results.push(result)\n      return result',
  },
  {
    name: 'a trace quotes the error of a verifier',
    file: 'src/telemetry/run-traces.ts',
    find: 'throw withoutWords(error)',
    replace: 'throw error',
  },
]
