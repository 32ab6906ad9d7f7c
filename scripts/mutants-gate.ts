import { ADAPTER_MUTANTS } from './mutants-adapters.ts'
import { GATE_DPOP_MUTANTS } from './mutants-gate-dpop.ts'
import { KEYCLOAK_MUTANTS } from './mutants-keycloak.ts'
import type { Mutant } from './mutants-list.ts'
import { OPERATION_MUTANTS } from './mutants-operations.ts'
import { PROTECTED_MUTANTS } from './mutants-protected.ts'
import { REALM_MUTANTS } from './mutants-realm.ts'
import { REQUEST_MUTANTS } from './mutants-requests.ts'
import { RESOURCE_MUTANTS } from './mutants-resources.ts'

/** Checks of the gate around the token: origins, sessions, operations, streams, lists. */
export const GATE_MUTANTS: readonly Mutant[] = [
  // authenticate.ts
  {
    name: 'the hierarchy does not count for what every request needs',
    file: 'src/gate/scopes.ts',
    find: 'const granted = gate.expandScopes(token.scopes)',
    replace: 'const granted = token.scopes',
  },
  {
    name: 'a challenge names what is missing for operations alone',
    file: 'src/gate/scopes.ts',
    find: 'new Set([...requiredScopes, ...(demand?.scopes ?? [])])',
    replace: 'new Set(demand?.scopes ?? requiredScopes)',
  },
  {
    name: 'missing scopes of operations are no reason',
    file: 'src/gate/scopes.ts',
    find: 'if (missing === undefined && demand?.lacking === undefined) return',
    replace: 'if (missing === undefined) return',
  },
  {
    name: 'a challenge repeats offline_access and words that are no scopes',
    file: 'src/gate/scopes.ts',
    find: 'token.scopes.filter(canBeAsked)',
    replace: 'token.scopes',
  },
  {
    name: 'operations in events may hold the token',
    file: 'src/gate/decision-event.ts',
    find: 'return withoutToken(describeOperation(operation), presented)',
    replace: 'return describeOperation(operation) + presented.slice(0, 0)',
  },
  {
    name: 'the detail of a refusal may hold the token',
    file: 'src/gate/answer.ts',
    find: 'withoutToken(error.message, presentedIn(request))',
    replace: 'error.message',
  },
  {
    name: 'the detail of a challenge may hold the token',
    file: 'src/gate/answer.ts',
    find: 'redacted(error, presentedIn(request))',
    replace: "redacted(error, '')",
  },
  {
    name: 'a token is found only where nothing stands around it',
    file: 'src/redaction.ts',
    find: "  let result = ''\n",
    replace:
      // biome-ignore lint/suspicious/noTemplateCurlyInString: it is source text
      "  if (!text.includes(`\"${token.split(' ').pop()}\"`)) return text\n  let result = ''\n",
  },
  {
    name: 'a handler is shown a session id that nobody checked',
    file: 'src/gate/session.ts',
    find: "withheld: ['mcp-session-id', 'last-event-id'],",
    replace: 'withheld: [],',
  },
  {
    name: 'browsers cannot read the challenge of an allowed page',
    file: 'src/gate/answer.ts',
    find: 'return { ...answer, headers: mergeHeaders(headers, answer.headers) }',
    replace: 'return answer',
  },
  {
    name: 'streams end with no regard to the grace that was set',
    file: 'src/gate/allowed-request.ts',
    find: 'left + (left > 0 ? streamGrace :',
    replace: 'left + (left > 0 ? 30 :',
  },
  {
    name: 'the answer to a request that came within the tolerance is cut off',
    file: 'src/gate/allowed-request.ts',
    find: ': Math.max(streamGrace, clockTolerance))',
    replace: ': streamGrace)',
  },
  {
    name: 'a refusal’s detail quotes a token that stands in the name of a tool',
    file: 'src/gate/answer.ts',
    find: 'detail: withoutToken(error.message, presentedIn(request))',
    replace: 'detail: error.message',
  },
  {
    name: 'a guard that spares the policy spares the scopes',
    file: 'src/gate/authenticate.ts',
    find: 'checkScopes(gate, token, guard.requiredScopes, demand)',
    replace:
      'if (guard.policy !== undefined) checkScopes(gate, token, guard.requiredScopes, demand)',
  },
  {
    name: 'a server without sessions is shown the id of one',
    file: 'src/gate/session.ts',
    find: "  if (sessions === 'none') return true\n",
    replace: '',
  },
  {
    name: 'a GET that names 2026-07-28 is rid of the session check',
    file: 'src/gate/session.ts',
    find: "return request.method === 'POST' && namesModernRevision(request.headers)",
    replace: 'return namesModernRevision(request.headers)',
  },
  {
    name: 'a handler that sees all headers is called with a stranger’s session',
    file: 'src/gate/session.ts',
    find: 'request.headersStay !== true && isWithoutSessions(sessions, request)',
    replace: 'isWithoutSessions(sessions, request)',
  },
  {
    name: 'short pieces of a token are told',
    file: 'src/redaction.ts',
    find: 'const PIECE = 12',
    replace: 'const PIECE = 24',
  },
  {
    name: 'any number of operations is told',
    file: 'src/gate/decision-event.ts',
    find: 'const MOST_NAMED = 20',
    replace: 'const MOST_NAMED = 2000',
  },
  {
    name: 'options that came with a request are not checked',
    file: 'src/gate/guard.ts',
    find: 'return createGuard(where, gate, readOptions(where, guardSchema, options))',
    replace: 'return createGuard(where, gate, options as GuardSettings)',
  },
  {
    name: 'a 401 does not name what the policy needs of everything',
    file: 'src/gate/guard.ts',
    find: 'union(requiredScopes, gate.initialScopes)',
    replace: 'requiredScopes',
  },
  {
    name: 'an answer goes out although its session could not be stored',
    file: 'src/gate/answered.ts',
    find: '.then(() => undefined, failed)',
    replace: '.then(() => undefined, () => undefined)',
  },
  {
    name: 'an answer waits for ever for a store of sessions',
    file: 'src/storage/in-time.ts',
    find: 'Promise.race([work, over])',
    replace: 'Promise.race([work, over.catch(() => work)])',
  },
  {
    name: 'whoever holds a decision can print the token',
    file: 'src/gate/allowed-request.ts',
    find: '    this.#tokenText = tokenText\n',
    replace: '    this.#tokenText = tokenText\n    Object.assign(this, { tokenText })\n',
  },
  // http/list-fields.ts
  {
    name: 'a second challenge takes the place of the first',
    file: 'src/http/list-fields.ts',
    find: "  ['www-authenticate', splitChallenges],\n",
    replace: '',
  },
  // endpoints.ts
  {
    name: 'an endpoint takes every method',
    file: 'src/gate/endpoints.ts',
    find: 'if (!methods.includes(request.method)) {',
    replace: 'if (methods.length === 0) {',
  },
  // cross-origin.ts
  {
    name: 'every origin is allowed',
    file: 'src/gate/cross-origin.ts',
    find: "(this.#allowed !== '*' && !this.#allowed.has(origin))",
    replace: 'origin === undefined',
  },
  {
    name: 'two origins: the first counts',
    file: 'src/gate/cross-origin.ts',
    find: 'if (values.length > 1 || (this',
    replace: 'if ((this',
  },
  {
    name: 'the own origin is not allowed',
    file: 'src/gate/cross-origin.ts',
    find: 'new Set([...allowed, new URL(resource).origin])',
    replace: 'new Set([...allowed, resource])',
  },
  {
    name: 'a preflight may have headers injected',
    file: 'src/gate/cross-origin.ts',
    find: 'names.filter((name) => FIELD_NAME.test(name)).join',
    replace: 'names.join',
  },
  {
    name: 'a preflight repeats any number of headers',
    file: 'src/gate/cross-origin.ts',
    find: "asked.split(',', MAX_ASKED_HEADERS)",
    replace: "asked.split(',')",
  },
  {
    name: 'every OPTIONS is a preflight, without a token',
    file: 'src/gate/cross-origin.ts',
    find: "if (method !== 'OPTIONS' || asked === undefined)",
    replace: "if (method !== 'OPTIONS')",
  },
  {
    name: 'every method is a preflight, without a token',
    file: 'src/gate/cross-origin.ts',
    find: "if (method !== 'OPTIONS' || asked === undefined)",
    replace: 'if (asked === undefined)',
  },
  {
    name: 'an answer to one origin may be kept for another',
    file: 'src/gate/cross-origin.ts',
    find: "          Vary: 'Origin',\n",
    replace: '',
  },
  {
    name: 'answers to nobody’s origin are kept for a page',
    file: 'src/gate/cross-origin.ts',
    find: "varies ? { Vary: 'Origin' } : {}",
    replace: '{}',
  },
  {
    name: 'a preflight may have methods injected',
    file: 'src/gate/cross-origin.ts',
    find: 'FIELD_NAME.test(method) ? [method] : []',
    replace: '[method]',
  },
  // errors/
  {
    name: 'a mismatch has a code that others have',
    file: 'src/errors/request-refused-error.ts',
    find: 'header_mismatch: [400, -32020],',
    replace: 'header_mismatch: [400, -32000],',
  },
  {
    name: 'a name that cannot be written ends the request',
    file: 'src/quoted.ts',
    find: '    return JSON.stringify(value) ?? typeof value\n  } catch {',
    replace:
      '    return JSON.stringify(value) ?? typeof value\n  } catch (error) {\n    if (error) throw error',
  },
  // options/operations-schema.ts
  {
    name: 'an empty list of scopes is a rule',
    file: 'src/mcp/policy/options-schema.ts',
    find: 'list.refine((names) => names.length > 0, {',
    replace: 'list.refine(() => true, {',
  },
  {
    name: 'a rule may demand nothing',
    file: 'src/mcp/policy/options-schema.ts',
    find: 'Object.values(requirement).some((value) => value !== undefined)',
    replace: 'Object.values(requirement).every(() => true)',
  },
  {
    name: 'a rule under __proto__ is not looked at',
    file: 'src/mcp/policy/options-schema.ts',
    find: "!Object.hasOwn(given, '__proto__')",
    replace: 'given !== undefined',
  },
  // options/schema-parts.ts
  {
    name: 'a rule may ask for offline_access',
    file: 'src/options/schema-parts.ts',
    find: "!list.includes('offline_access')",
    replace: "!list.includes('offline-access')",
  },
  // gate/options.ts
  {
    name: 'allowedOrigins takes "null" and paths',
    file: 'src/gate/options.ts',
    find: "const origin = z.string({ error: 'must hold origins' }).refine(isOrigin, {",
    replace:
      "const origin = z.string({ error: 'must hold origins' }).refine((text) => [isOrigin, text], {",
  },
  {
    name: 'allowedOrigins takes what no browser sends',
    file: 'src/gate/options.ts',
    find: "URL.parse(text)?.origin === text && !text.includes('*')",
    replace: 'URL.parse(text) !== null',
  },
  // resource-server.ts
  {
    name: 'scopes_supported is the catalogue of all tools',
    file: 'src/resource-server/resource-server.ts',
    find: 'policy?.basicScopes ?? []',
    replace: 'policy?.scopes ?? []',
  },
  {
    name: 'an ended session stays its owner’s',
    file: 'src/gate/answered.ts',
    find: 'return whenSettled(opened, () => sessions.close(sessionId))',
    replace: 'return opened',
  },
  {
    name: 'a refused initialize opens a session',
    file: 'src/gate/answered.ts',
    find: 'answer.sessionId !== undefined && answer.status < 300\n      ? sessions.open',
    replace: 'answer.sessionId !== undefined\n      ? sessions.open',
  },
  // sessions.ts
  {
    name: 'a session is whoever’s shows its id',
    file: 'src/mcp/sessions.ts',
    find: "          throw unknown('it belongs to another principal')\n",
    replace: '',
  },
  {
    name: 'a session that was never opened here is let through',
    file: 'src/mcp/sessions.ts',
    find: "if (owner === undefined) throw unknown('it was never opened here, or it has expired')",
    replace: 'if (owner === undefined) return id',
  },
  {
    name: 'two session ids: the first counts',
    file: 'src/mcp/sessions.ts',
    find: 'if (values.length > 1 || !SESSION_ID.test(id))',
    replace: 'if (!SESSION_ID.test(id))',
  },
  {
    name: 'a session id may be anything',
    file: 'src/mcp/sessions.ts',
    find: 'const SESSION_ID = /^[\\x21-\\x7e]{1,512}$/',
    replace: 'const SESSION_ID = /^/',
  },
  {
    name: 'the bound on sessions is not the one that was set',
    file: 'src/mcp/session-options.ts',
    find: "maxSessions: whole(1, 10_000_000, 'sessions').default(10_000),",
    replace:
      "maxSessions: whole(1, 10_000_000, 'sessions').default(10_000).transform(() => 10_000),",
  },
  {
    name: 'an id answered to somebody else changes hands',
    file: 'src/mcp/memory-session-store.ts',
    find: 'if (this.#owners.get(key) === undefined) this.#keep(key, owner)',
    replace: 'this.#keep(key, owner)',
  },
  {
    name: 'sessions are kept for ever',
    file: 'src/mcp/memory-session-store.ts',
    find: 'this.#clock() + this.#maxIdle)',
    replace: 'this.#clock() + 1e15)',
  },
  {
    name: 'a session ends though it is used',
    file: 'src/mcp/sessions.ts',
    find: 'stored(() => this.#store.renew(key, renewed)),',
    replace: 'undefined,',
  },
  {
    name: 'one principal can push out the sessions of all others',
    file: 'src/mcp/memory-session-store.ts',
    find: '    this.#deleteIfAny(this.#byPrincipal.use(owner.principal, key))\n',
    replace: '    this.#byPrincipal.use(owner.principal, key)\n',
  },
  {
    name: 'one user with many clients can push out the sessions of all others',
    file: 'src/mcp/memory-session-store.ts',
    find: '    this.#deleteIfAny(this.#bySubject.use(owner.subject, key))\n',
    replace: '    this.#bySubject.use(owner.subject, key)\n',
  },
  {
    name: 'a subject of one issuer shares with that of another',
    file: 'src/mcp/sessions.ts',
    find: 'JSON.stringify([token.issuer, token.subject])',
    replace: 'JSON.stringify([token.subject])',
  },
  {
    name: 'sessions that made room for others are counted for ever',
    file: 'src/mcp/memory-session-store.ts',
    find: '      this.#byPrincipal.remove(principal, key)\n',
    replace: '',
  },
  {
    name: 'owners without a session are kept for ever',
    file: 'src/mcp/memory-session-store.ts',
    find: 'if (keys?.size === 0) this.#keys.delete(owner)',
    replace: '',
  },
  {
    name: 'of a principal the session in use goes first',
    file: 'src/mcp/memory-session-store.ts',
    find: '    keys.delete(key)\n    keys.add(key)',
    replace: '    keys.add(key)',
  },
  {
    name: 'ended sessions count',
    file: 'src/mcp/memory-session-store.ts',
    find: '    this.#byPrincipal.remove(owner.principal, key)\n',
    replace: '',
  },
  {
    name: 'a session whose owner the store does not say is for those without a subject',
    file: 'src/mcp/sessions.ts',
    find: 'if (principal === undefined || owner.principal !== principal) {',
    replace: 'if (owner.principal !== principal) {',
  },
  {
    name: 'a store of sessions that fails is a session that is unknown',
    file: 'src/mcp/sessions.ts',
    find: '  if (cause instanceof UnavailableError) throw cause\n',
    replace: "  throw unknown('the store failed')\n",
  },
  {
    name: 'a store of sessions that fails later tells its own message',
    file: 'src/mcp/sessions.ts',
    find: 'tooSlow).catch(failed)',
    replace: 'tooSlow)',
  },
  {
    name: 'an ended session comes back when it is renewed',
    file: 'src/mcp/memory-session-store.ts',
    find: 'if (this.#owners.get(key) !== undefined) this.#keep(key, owner)',
    replace: 'this.#keep(key, owner)',
  },
  {
    name: 'the gate does not wait for a store of sessions',
    file: 'src/gate/authenticate.ts',
    find: 'found instanceof Promise ? await found : found',
    replace:
      'found instanceof Promise ? (found.catch(() => {}), { id: undefined, withheld: [] }) : found',
  },
  // token/principal.ts
  {
    name: 'all who are nobody in particular are one',
    file: 'src/token/principal.ts',
    find: '  if (subject === undefined) return undefined\n',
    replace: '',
  },
  {
    name: 'a client without a subject is a principal',
    file: 'src/token/principal.ts',
    find: 'if (subject === undefined) return undefined',
    replace: 'if (subject === undefined && clientId === undefined) return undefined',
  },
  {
    name: 'a principal is a subject, whatever its client',
    file: 'src/token/principal.ts',
    find: 'JSON.stringify([issuer, subject, clientId ?? null])',
    replace: 'JSON.stringify([issuer, subject])',
  },
  {
    name: 'a principal is a subject, whatever its issuer',
    file: 'src/token/principal.ts',
    find: 'JSON.stringify([issuer, subject, clientId ?? null])',
    replace: 'JSON.stringify([subject, clientId ?? null])',
  },
  {
    name: 'parts of a principal can be shifted',
    file: 'src/token/principal.ts',
    find: 'JSON.stringify([issuer, subject, clientId ?? null])',
    replace: "[issuer, subject, clientId ?? 'null'].join('\",\"')",
  },
  {
    name: 'a session is its client’s, whoever the person is',
    file: 'src/token/principal.ts',
    find: 'JSON.stringify([issuer, subject, clientId ?? null])',
    replace: 'JSON.stringify([issuer, clientId ?? null])',
  },
  // token/scope-hierarchy.ts
  {
    name: 'inclusion of scopes is not transitive',
    file: 'src/token/scope-hierarchy.ts',
    find: 'for (const scope of all) for',
    replace: 'for (const scope of granted) for',
  },
  ...ADAPTER_MUTANTS,
  ...GATE_DPOP_MUTANTS,
  ...KEYCLOAK_MUTANTS,
  ...REQUEST_MUTANTS,
  ...OPERATION_MUTANTS,
  ...PROTECTED_MUTANTS,
  ...REALM_MUTANTS,
  ...RESOURCE_MUTANTS,
]
