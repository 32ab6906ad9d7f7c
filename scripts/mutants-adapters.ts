import type { Mutant } from './mutants-list.ts'

/** What adapters do for a handler. */
export const ADAPTER_MUTANTS: readonly Mutant[] = [
  // adapters/auth-info.ts
  {
    name: 'SDK v2: challenges of the SDK do not name our metadata',
    file: 'src/adapters/auth-info.ts',
    find: '    resourceMetadataUrl: metadataUrl,\n',
    replace: "    resourceMetadataUrl: '',\n",
  },
  // adapters/stream-life.ts
  {
    name: 'a long-lived token’s stream ends at once',
    file: 'src/adapters/stream-life.ts',
    find: 'const wait = Math.min(LONGEST, left)',
    replace: 'const wait = left',
  },
  {
    name: 'a stream ends after 25 days, whatever was configured',
    file: 'src/adapters/stream-life.ts',
    find: 'left > wait ? arm(left - wait) : run()',
    replace: 'run()',
  },
  {
    name: 'open streams keep the process alive',
    file: 'src/adapters/stream-life.ts',
    find: ';(timer as { unref?: () => void }).unref?.()',
    replace: '',
  },
  // adapters/fastify.ts
  {
    name: 'Fastify: what is refused goes on to the handler',
    file: 'src/adapters/fastify.ts',
    find: "if (decision.outcome !== 'allowed') return answer(reply, toAnswer(decision))",
    replace: "if (decision.outcome !== 'allowed') return",
  },
  {
    name: 'Fastify: the gate guards a scope of its own, which is empty',
    file: 'src/adapters/fastify.ts',
    find: "[Symbol.for('skip-override')]: true,",
    replace: "[Symbol.for('skip-override')]: false,",
  },
  {
    name: 'a misspelt option of a route is passed over',
    file: 'src/resource-server/create-adapter.ts',
    find: 'readOptions(where, guardSchema, options)',
    replace: 'options',
  },
  // adapters/hono.ts
  {
    name: 'Hono: the handler sees the request as it came, with what is withheld',
    file: 'src/adapters/hono.ts',
    find: 'c.req.raw = passed.request',
    replace: '',
  },
  {
    name: 'Hono: a withheld session stays where the request of Node’s is kept',
    file: 'src/adapters/hono.ts',
    find: 'withholdFromNode(c.env, passed.withheld)',
    replace: '',
  },
  {
    name: 'Hono: the handler’s answer is not looked at, so sessions have no owner',
    file: 'src/adapters/hono.ts',
    find: 'const response = await passed.finish(before)',
    replace: 'const response = before',
  },
  {
    name: 'Hono: headers that middleware has set win over those of a refusal',
    file: 'src/adapters/hono.ts',
    find: 'replace(c, new Response(response.body, { status: response.status, headers }))\n',
    replace: 'c.res = response\n',
  },
  // adapters/host-verifier.ts
  {
    name: 'a policy is not enforced by the SDK’s middleware, without a word',
    file: 'src/adapters/host-verifier.ts',
    find: 'if (resourceServer.policy !== undefined) {',
    replace: 'if (resourceServer.policy === null) {',
  },
  {
    name: 'an outage is an invalid token',
    file: 'src/adapters/host-verifier.ts',
    find: "return 'server_error'",
    replace: "return 'invalid_token'",
  },
  {
    name: 'too few scopes are an invalid token',
    file: 'src/adapters/host-verifier.ts',
    find: "error.code === 'insufficient_scope' ? 'insufficient_scope' : 'invalid_token'",
    replace: "'invalid_token'",
  },
  {
    name: 'the SDK’s middleware is told the reason',
    file: 'src/adapters/host-verifier.ts',
    find: 'throw toHostError(kind, MESSAGES[kind])',
    replace: 'throw toHostError(kind, String(error))',
  },
  // adapters/mcp-server.ts
  {
    name: 'the gate eats the body',
    file: 'src/adapters/mcp-server.ts',
    find: 'request.bodyUsed ? request : request.clone()',
    replace: 'request',
  },
  {
    name: 'a handler behind the gate is called with a stranger’s session',
    file: 'src/adapters/mcp-server.ts',
    find: '      headersStay: true,\n',
    replace: '',
  },
  // adapters/node-body.ts
  {
    name: 'a body that a parser took is not judged',
    file: 'src/adapters/node-body.ts',
    find: 'return body instanceof Uint8Array ? body : { parsed: body }',
    replace:
      "return body instanceof Uint8Array ? body : { parsed: { jsonrpc: '2.0', result: {} } }",
  },
  {
    name: 'Node: a body of any size is read',
    file: 'src/adapters/node-body.ts',
    find: 'if (size > maxBytes) {',
    replace: 'if (size < 0) {',
  },
  {
    name: 'Node: a body that is judged is taken from the handler',
    file: 'src/adapters/node-body.ts',
    find: 'if (size > 0) request.unshift(bytes)',
    replace: '',
  },
  // adapters/node-exchange.ts
  {
    name: 'Node: header fields that only the handler sees are not checked',
    file: 'src/adapters/node-request.ts',
    find: 'headers: distinctHeaders(request)',
    replace: 'headers: (request as IncomingMessage).headersDistinct ?? distinctHeaders(request)',
  },
  {
    name: 'Node: sessions are seen only where the handler sets their header beforehand',
    file: 'src/adapters/node-exchange.ts',
    find: "const sessionId = headerOf(response, rest, 'mcp-session-id')",
    replace: "const sessionId = response.getHeader('mcp-session-id')",
  },
  {
    name: 'Node: event streams outlive their tokens',
    file: 'src/adapters/node-exchange.ts',
    find: 'endNodeStream(response, lifeOf(guard, decision, decided))',
    replace: '',
  },
  {
    name: 'Node: withheld fields stay in rawHeaders',
    file: 'src/adapters/node-request.ts',
    find: 'rawHeaders.splice(at, 2)',
    replace: 'rawHeaders.at(at)',
  },
  {
    name: 'Node: the handler sees the session headers of a request that has no session',
    file: 'src/adapters/node-exchange.ts',
    find: 'withhold(request, decision.withheld)',
    replace: '',
  },
  {
    name: 'Node: sessions get no owner',
    file: 'src/adapters/node-exchange.ts',
    find: '    watch(guard, asked, decision, response)\n',
    replace: '',
  },
  {
    name: 'Node: of two fields with one name the first counts, on HTTP/2',
    file: 'src/adapters/node-request.ts',
    find: 'distinct[name].push(',
    replace: 'if (distinct[name].length === 0) distinct[name].push(',
  },
  {
    name: 'Node: a handler that writes on spoils the end of its stream',
    file: 'src/adapters/ending-stream.ts',
    find: 'response.write = () => true',
    replace: '',
  },
  // adapters/head-watch.ts, adapters/held-answer.ts
  {
    name: 'Node: an answer goes out before its session is stored',
    file: 'src/adapters/head-watch.ts',
    find: 'if (instead === undefined) return send()',
    replace: 'if (instead === undefined || isThenable(instead)) return send()',
  },
  {
    name: 'Node: an answer goes out although its session could not be stored',
    file: 'src/adapters/held-answer.ts',
    find: 'if (instead === undefined) this.#send()',
    replace: 'if (instead === undefined || instead) this.#send()',
  },
  {
    name: 'Node: a second answer is added to one that waits',
    file: 'src/adapters/held-answer.ts',
    find: "    show(response, 'headersSent', () => true)\n",
    replace: '',
  },
  {
    name: 'Node: a handler that waits for `drain` waits for ever',
    file: 'src/adapters/held-answer.ts',
    find: "this.#response.emit('drain')",
    replace: 'return',
  },
  {
    name: 'Node: an answer that was replaced goes on',
    file: 'src/adapters/held-answer.ts',
    find: '  Object.assign(response, nothing)\n',
    replace: '  void nothing\n',
  },
  {
    name: 'Node: of an answer that two guards hold, only the beginning goes out as it should',
    file: 'src/adapters/held-answer.ts',
    find: 'this.keep(name, () => methods[name](...args))',
    replace: 'this.keep(name, () => own[name].apply(response, args))',
  },
  {
    name: 'Node: a handler writes into an answer that an inner guard has replaced',
    file: 'src/adapters/held-answer.ts',
    find: '      Object.assign(response, later)\n',
    replace: '',
  },
  {
    name: 'Node: a head that cannot be sent ends the process',
    file: 'src/adapters/node.ts',
    find: '  } catch {\n    // The listener has left a head',
    replace: '  } catch (error) {\n    throw error\n    // The listener has left a head',
  },
  // adapters/web-exchange.ts
  {
    name: 'fetch: an answer goes out although its session could not be stored',
    file: 'src/adapters/web-exchange.ts',
    find: 'if (instead === undefined) {',
    replace: 'if (instead === undefined || instead) {',
  },
  {
    name: 'streams outlive their tokens',
    file: 'src/adapters/web-exchange.ts',
    find: "if (body === null || !isEventStream(response.headers.get('content-type'))) return response",
    replace: 'return response',
  },
  {
    name: 'the time a handler takes lengthens its stream',
    file: 'src/adapters/stream-life.ts',
    find: 'after(streamEndsIn - (performance.now() - decided) / 1000, () =>',
    replace: 'after(streamEndsIn + 0 * decided, () =>',
  },
  {
    name: 'the source of an ended stream is not told',
    file: 'src/adapters/ending-stream.ts',
    find: 'reader.cancel(why).catch(() => {})',
    replace: '',
  },
  {
    name: 'a stream that failed ends the process when its time comes',
    file: 'src/adapters/ending-stream.ts',
    find: '      } catch (error) {\n        stop()',
    replace: '      } catch (error) {',
  },
  {
    name: 'a stream whose reader has gone keeps its timer',
    file: 'src/adapters/ending-stream.ts',
    find: '    cancel(reason) {\n      stop()',
    replace: '    cancel(reason) {\n      ended = true',
  },
  {
    name: 'Hono: a body that middleware has read has no limit',
    file: 'src/adapters/web-exchange.ts',
    find: 'return this.bytes.byteLength > maxBytes ? undefined : this.bytes',
    replace: 'return this.bytes',
  },
  {
    name: 'fetch: the handler sees the session headers of a request that has no session',
    file: 'src/adapters/web-exchange.ts',
    find: 'for (const name of names) headers.delete(name)',
    replace: '',
  },
  {
    name: 'fetch: a body over the limit is read to its end',
    file: 'src/adapters/web-exchange.ts',
    find: 'if (size > maxBytes) return undefined',
    replace: '',
  },
]
