import type { Mutant } from './mutants-list.ts'

/** Who may do what. */
export const OPERATION_MUTANTS: readonly Mutant[] = [
  // mcp/policy/operation.ts
  {
    name: 'an empty name is a name',
    file: 'src/mcp/policy/operation.ts',
    find: "name !== '' && ",
    replace: '',
  },
  {
    name: 'names of any length are matched',
    file: 'src/mcp/policy/operation.ts',
    find: 'name.length <= MAX_NAME_LENGTH',
    replace: 'name.length > 0',
  },
  {
    name: 'subscribing to a resource needs no right to it',
    file: 'src/mcp/policy/operation.ts',
    find: "    case 'resources/subscribe':\n",
    replace: '',
  },
  {
    name: 'completions are for everybody',
    file: 'src/mcp/policy/operation.ts',
    find: "if (reference.type === 'ref/prompt') {",
    replace:
      "if (reference !== params) return [METHOD_ITSELF]\n      if (reference.type === 'ref/prompt') {",
  },
  {
    name: 'a completion of anything is judged as one of a prompt',
    file: 'src/mcp/policy/operation.ts',
    find: "if (reference.type === 'ref/prompt') {",
    replace: "if (reference.name !== undefined || reference.type !== 'ref/resource') {",
  },
  {
    name: 'a listener may name any resource',
    file: 'src/mcp/policy/operation.ts',
    find: 'return [METHOD_ITSELF, ...subscribedResources(call, params.notifications)]',
    replace:
      'return [METHOD_ITSELF, ...subscribedResources(call, params.notifications).slice(0, 1)]',
  },
  {
    name: 'a list of resources that is none is passed over',
    file: 'src/mcp/policy/operation.ts',
    find: 'if (uris !== undefined && !Array.isArray(uris)) throw targetMissing(call)',
    replace: 'if (uris !== undefined && !Array.isArray(uris)) return []',
  },
  {
    name: 'a listener may name any number of resources',
    file: 'src/mcp/policy/operation.ts',
    find: 'const MAX_SUBSCRIPTIONS = 100',
    replace: 'const MAX_SUBSCRIPTIONS = 1e9',
  },
  {
    name: 'what a listener repeats counts again',
    file: 'src/mcp/policy/operation.ts',
    find: 'const distinct = new Set<unknown>(uris)',
    replace:
      'const distinct = { size: uris?.length ?? 0, *[Symbol.iterator]() { yield* uris ?? [] } }',
  },
  // mcp/policy/compiled-policy.ts
  {
    name: 'roles are not looked at',
    file: 'src/mcp/policy/compiled-policy.ts',
    find: 'if (rule.roles !== undefined && !hasRequired(rule.roles, grants.roles)) {',
    replace: 'if (rule.roles === rule) {',
  },
  {
    name: 'a function that gives anything but false says yes',
    file: 'src/mcp/policy/allow-function.ts',
    find: "if (typeof answer === 'boolean') return answer",
    replace: 'if (answer !== false) return true',
  },
  {
    name: 'a later no of a function is not heard',
    file: 'src/mcp/policy/compiled-policy.ts',
    find: 'denials.find((denial) => denial !== undefined) ?? decision',
    replace: 'denials.find(() => false) ?? decision',
  },
  {
    name: 'a missing scope is told before a missing right',
    file: 'src/mcp/policy/compiled-policy.ts',
    find: 'const decision = checkToken(applied, grants, token)',
    replace:
      "const decision = checkToken(applied, grants, token)\n    if (decision.outcome === 'scope_missing') return decision",
  },
  {
    name: 'a claim "roles" that is a text counts',
    file: 'src/token/roles.ts',
    find: "return Array.isArray(roles) ? roles.filter((role) => typeof role === 'string') : []",
    replace: "return [roles].flat().filter((role) => typeof role === 'string')",
  },
  {
    name: 'every issuer’s realm_access counts as roles',
    file: 'src/resource-server/authorization-servers.ts',
    find: 'return ({ issuer }) => profiles.get(issuer) ?? other',
    replace: 'return () => [...profiles.values()][0] ?? other',
  },
  {
    name: 'a claim `roles` in a token of Keycloak counts',
    file: 'src/keycloak/profile.ts',
    find: 'rolesOf: realmAccessRoles,',
    replace:
      'rolesOf: (claims) => [...realmAccessRoles(claims), ...((claims.roles as string[]) ?? [])],',
  },
  {
    name: 'a rolesOf that gives no list is believed',
    file: 'src/mcp/policy/compiled-policy.ts',
    find: 'if (Array.isArray(roles)) return roles',
    replace: 'if (roles) return roles as string[]',
  },
  {
    name: 'a rolesOf that throws gives no role',
    file: 'src/mcp/policy/compiled-policy.ts',
    find: "    throw new UnavailableError('policy_failed', 'rolesOf threw', { cause })",
    replace: '    return [String(cause).slice(0, 0)]',
  },
  {
    name: 'the hierarchy does not count for operations',
    file: 'src/mcp/policy/compiled-policy.ts',
    find: 'new Set(this.#expand(token.scopes))',
    replace: 'new Set(token.scopes)',
  },
  {
    name: 'a failing function that nobody waits for ends the process',
    file: 'src/mcp/policy/compiled-policy.ts',
    find: '        denial.catch(() => {})\n',
    replace: '',
  },
  {
    name: 'what can be waited for, and is no promise, says yes',
    file: 'src/mcp/policy/allow-function.ts',
    find: 'return isThenable(answer)\n',
    replace: 'return answer instanceof Promise\n',
  },
  // mcp/policy/rule-book.ts
  {
    name: 'whatever has no rule is allowed',
    file: 'src/mcp/policy/options-schema.ts',
    find: "default: ruleSchema.default('deny'),",
    replace: "default: ruleSchema.default('allow'),",
  },
  {
    name: 'every method is protocol',
    file: 'src/mcp/policy/rule-book.ts',
    find: "return PROTOCOL.has(method) || method.startsWith('notifications/')",
    replace: "return PROTOCOL.has(method) || method.includes('/')",
  },
  {
    name: 'a method rule replaces the rule of the name',
    file: 'src/mcp/policy/rule-book.ts',
    find: '[...byName, { rule: byMethod, operation }]',
    replace: '[{ rule: byMethod, operation }]',
  },
  {
    name: 'a method rule counts only where nothing is named',
    file: 'src/mcp/policy/rule-book.ts',
    find: 'return byMethod === undefined ? byName : [...byName, { rule: byMethod, operation }]',
    replace: 'return byName',
  },
  {
    name: 'functions are told a spelling that is not the one judged',
    file: 'src/mcp/policy/rule-book.ts',
    find: 'const operation = { method, name, params }',
    replace: 'const operation = { method, name: sent, params }',
  },
  {
    name: 'a completion is judged without the values chosen before',
    file: 'src/mcp/policy/operation.ts',
    find: 'nameIn(call, filledTemplate(template, params.context))',
    replace: 'template',
  },
  // mcp/policy/rule.ts
  {
    name: 'a rule that says deny lets through',
    file: 'src/mcp/policy/rule.ts',
    find: "const denied = rule === 'deny' ? why : undefined",
    replace: 'const denied = undefined',
  },
  {
    name: 'one of all scopes will do',
    file: 'src/mcp/policy/rule.ts',
    find: 'names.every((name) => granted.has(name))',
    replace: 'names.some((name) => granted.has(name))',
  },
  // mcp/absence.ts
  {
    name: 'a removed method is what the policy makes of it',
    file: 'src/mcp/absence.ts',
    find: 'return modern && REMOVED.has(method) ?',
    replace: "return modern && REMOVED.has('') && method ?",
  },
  {
    name: 'an unknown method is a right that is missing',
    file: 'src/mcp/absence.ts',
    find: 'if (unknownMethod === true) {',
    replace: "if (unknownMethod === undefined && method === '') {",
  },
  {
    name: '404 ends the session of an older revision',
    file: 'src/mcp/absence.ts',
    find: 'modern ? 404 : alone && id !== null ? 200 : 400',
    replace: 'modern || id !== null ? 404 : 400',
  },
  {
    name: 'a denied resource does not look absent',
    file: 'src/mcp/absence.ts',
    find: "if (!modern || method !== 'resources/read' || typeof uri !== 'string') return undefined",
    replace:
      "if (!modern || method !== 'resources/open' || typeof uri !== 'string') return undefined",
  },
  // what one request can cost, and bodies of methods that have none
  {
    name: 'a request may name any number of long URIs',
    file: 'src/mcp/policy/check-request.ts',
    find: 'if (uriLength > MAX_URI_LENGTH) {',
    replace: 'if (uriLength < 0) {',
  },
  {
    name: 'a GET may have a body',
    file: 'src/mcp/policy/check-request.ts',
    find: '    checkNoBody(request)\n',
    replace: '',
  },
  {
    name: 'a body of unknown length is none',
    file: 'src/mcp/request-body.ts',
    find: "const chunked = headerValues(headers, 'transfer-encoding').length > 0",
    replace: 'const chunked = false',
  },
  {
    name: 'a body of HTTP/2 is none',
    file: 'src/mcp/request-body.ts',
    find: 'hasBody !== true && ',
    replace: '',
  },
  {
    name: 'an empty body is our failure',
    file: 'src/adapters/node-body.ts',
    find: 'if (request.readableEnded && !request.readableDidRead) end()\n    else if',
    replace: 'if',
  },
  {
    name: 'a body of null that Fastify parsed is our failure',
    file: 'src/adapters/fastify.ts',
    find: 'request.body === undefined ? raw.body : request.body',
    replace: 'request.body ?? raw.body',
  },
  {
    name: 'roles of rolesOf are remembered',
    file: 'src/mcp/policy/compiled-policy.ts',
    find: 'return { scopes: grants.scopes, roles: new Set(callRolesOf(this.#rolesOf, token)) }',
    replace:
      'if (grants.roles.size === 0) for (const role of callRolesOf(this.#rolesOf, token)) (grants.roles as Set<string>).add(role)\n    return grants',
  },
]
