import type { Mutant } from './mutants-list.ts'

/** How requests are read, and lists filtered. */
export const REQUEST_MUTANTS: readonly Mutant[] = [
  // mcp/policy/check-request.ts, mcp/request-body.ts
  {
    name: 'a missing message means nothing is asked for',
    file: 'src/mcp/request-body.ts',
    find: "    throw new UnavailableError(\n      'policy_failed',\n      'the request has no `message`; pass the body to authenticate(), because there is a policy',\n    )",
    replace: "    return { jsonrpc: '2.0', result: {} }",
  },
  {
    name: 'PUT has no body',
    file: 'src/mcp/request-body.ts',
    find: "new Set(['GET', 'HEAD', 'DELETE', 'OPTIONS'])",
    replace: "new Set(['GET', 'HEAD', 'DELETE', 'OPTIONS', 'PUT'])",
  },
  {
    name: 'a denied call in a batch is passed over',
    file: 'src/mcp/policy/check-request.ts',
    find: "if (decision.outcome === 'denied') {",
    replace:
      "if (decision.outcome === 'denied' && calls.length > 1) return\n    if (decision.outcome === 'denied') {",
  },
  {
    name: 'of a batch only the first call is judged',
    file: 'src/mcp/policy/check-request.ts',
    find: 'for (const { call, targets } of targeted) {',
    replace: 'for (const { call, targets } of targeted.slice(0, 1)) {',
  },
  {
    name: 'a batch is refused in the name of one of its calls',
    file: 'src/mcp/policy/check-request.ts',
    find: 'id: alone ? (call?.id ?? null) : null,',
    replace: 'id: call?.id ?? null,',
  },
  {
    name: 'a length that is announced is not looked at',
    file: 'src/mcp/request-body.ts',
    find: "if (Number(headerValues(request.headers, 'content-length')[0] ?? 0) > maxBytes) {",
    replace: 'if (maxBytes < 0) {',
  },
  {
    name: 'any media type is read as JSON',
    file: 'src/mcp/request-body.ts',
    find: "if (types.length !== 1 || !JSON_TYPE.test(types[0] ?? '')) {",
    replace: 'if (types.length > 9) {',
  },
  {
    name: 'of two media types the first counts',
    file: 'src/mcp/request-body.ts',
    find: 'types.length !== 1 || ',
    replace: '',
  },
  {
    name: 'compressed bodies are read',
    file: 'src/mcp/request-body.ts',
    find: "encoding.toLowerCase() !== 'identity'",
    replace: "encoding === 'never'",
  },
  {
    name: 'a failing function in a batch that was refused ends the process',
    file: 'src/mcp/policy/check-request.ts',
    find: '    if (decision instanceof Promise) decision.catch(() => {})\n',
    replace: '',
  },
  {
    name: 'the event of a denied operation does not tell what it was',
    file: 'src/mcp/policy/check-request.ts',
    find: '  seen.calls = calls\n',
    replace: '',
  },
  {
    name: 'a reader that says it is our fault blames the caller',
    file: 'src/mcp/request-body.ts',
    find: '    if (error instanceof UnavailableError) throw error\n',
    replace: '',
  },
  {
    name: 'bytes that came at once are not parsed',
    file: 'src/mcp/request-body.ts',
    find: '  if (message instanceof Uint8Array) return parseBody(message)\n',
    replace: '',
  },
  {
    name: 'a subscription may be one of many',
    file: 'src/mcp/policy/check-request.ts',
    find: "if (calls.length > 1 && call.method === 'subscriptions/listen') {",
    replace: 'if (calls.length < 0) {',
  },
  {
    name: 'the headers of 2026-07-28 need not agree with the body',
    file: 'src/mcp/policy/check-request.ts',
    find: 'const modern = checkMirroredHeaders(request.headers, messages)',
    replace:
      'let modern = true\n  try { modern = checkMirroredHeaders(request.headers, messages) } catch {}',
  },
  {
    name: 'a missing role is answered with a challenge',
    file: 'src/mcp/policy/check-request.ts',
    find: "    if (decision.outcome === 'denied') {\n",
    replace:
      "    if (decision.outcome === 'denied') {\n      lacking.push(decision.detail)\n      return\n",
  },
  // mcp/list-filter.ts
  {
    name: 'a filtered list still holds everything',
    file: 'src/mcp/list-filter.ts',
    find: 'items.filter((_item, at) => reasons[at] === undefined)',
    replace: 'items.filter((_item, at) => reasons.length > at)',
  },
  {
    name: 'without a token lists are whole',
    file: 'src/mcp/list-filter.ts',
    find: "if (token === undefined) return 'gate_missing'",
    replace: 'if (token === undefined) return undefined',
  },
  {
    name: 'lists show what only a scope is missing for',
    file: 'src/mcp/list-filter.ts',
    find: "(policy.showStepUp && outcome === 'scope_missing')",
    replace: "outcome === 'scope_missing'",
  },
  {
    name: 'a filtered list may be shared',
    file: 'src/mcp/list-filter.ts',
    find: "    cacheScope: 'private',\n",
    replace: '',
  },
  {
    name: 'templates are listed to everybody',
    file: 'src/mcp/list-filter.ts',
    find: "'resources/templates/list',",
    replace: "'resources/templates',",
  },
  {
    name: 'functions are asked about templates',
    file: 'src/mcp/list-filter.ts',
    find: "const isTemplate = table === 'templates'",
    replace: 'const isTemplate = table === use',
  },
  {
    name: 'what cannot be judged is shown',
    file: 'src/mcp/list-filter.ts',
    find: "    return 'policy_failed'\n",
    replace: '    return undefined\n',
  },
  {
    name: 'resources and prompts are not filtered',
    file: 'src/mcp/list-filter.ts',
    find: "['prompts/list', {",
    replace: "['prompts', {",
  },
  // mcp/messages.ts
  {
    name: 'a member twice: the last one counts',
    file: 'src/mcp/messages.ts',
    find: 'return parseStrictJson(bytes, MAX_DEPTH)',
    replace: 'return JSON.parse(Buffer.from(bytes).toString())',
  },
  {
    name: 'bodies of any depth',
    file: 'src/mcp/messages.ts',
    find: 'const MAX_DEPTH = 500',
    replace: 'const MAX_DEPTH = 5000',
  },
  {
    name: 'what is no JSON-RPC 2.0 message is passed over',
    file: 'src/mcp/messages.ts',
    find: "    throw malformed('a value that is not a JSON-RPC 2.0 message')",
    replace: '    return []',
  },
  {
    name: 'a call with a result is an answer',
    file: 'src/mcp/messages.ts',
    find: '  if (method === undefined) {\n',
    replace: "  if (method === undefined || 'result' in message) {\n",
  },
  {
    name: 'batches of any length',
    file: 'src/mcp/messages.ts',
    find: 'if (body.length > maxBatchSize) {',
    replace: 'if (body.length > maxBatchSize * 9) {',
  },
  // mcp/mirrored-headers.ts
  {
    name: 'a body that claims 2026-07-28 needs no headers',
    file: 'src/mcp/mirrored-headers.ts',
    find: 'if (!modernHeader && !isModern(revision)) continue',
    replace: 'if (!modernHeader) continue',
  },
  {
    name: 'a header that claims 2026-07-28 needs no others',
    file: 'src/mcp/mirrored-headers.ts',
    find: 'if (!modernHeader && !isModern(revision)) continue',
    replace: 'if (!isModern(revision)) continue',
  },
  {
    name: 'only one revision has headers, later ones have none',
    file: 'src/mcp/mirrored-headers.ts',
    find: 'revision >= MODERN',
    replace: 'revision === MODERN',
  },
  {
    name: 'Mcp-Method is not compared',
    file: 'src/mcp/mirrored-headers.ts',
    find: "    checkHeader(headers, 'mcp-method', call.method, call, notification)\n",
    replace: '',
  },
  {
    name: 'Mcp-Name is not compared',
    file: 'src/mcp/mirrored-headers.ts',
    find: "if (parameter !== undefined && typeof name === 'string') {",
    replace: "if (parameter === '') {",
  },
  {
    name: 'MCP-Protocol-Version is not compared',
    file: 'src/mcp/mirrored-headers.ts',
    find: "    checkHeader(headers, 'mcp-protocol-version', revision, call)\n",
    replace: '',
  },
  {
    name: 'a missing mirrored header is no mismatch',
    file: 'src/mcp/mirrored-headers.ts',
    find: 'if (value === undefined && optional) return',
    replace: 'if (value === undefined) return',
  },
  {
    name: 'a batch of 2026-07-28 is judged',
    file: 'src/mcp/mirrored-headers.ts',
    find: 'if (batch) {',
    replace: 'if (batch === undefined) {',
  },
  {
    name: 'Base64 that is not canonical is decoded',
    file: 'src/mcp/mirrored-headers.ts',
    find: "  if (bytes.toString('base64') !== base64) return undefined\n",
    replace: '',
  },
  {
    name: 'Base64 of what is not UTF-8 is decoded',
    file: 'src/mcp/mirrored-headers.ts',
    find: '{ fatal: true, ignoreBOM: true }',
    replace: '{ fatal: false, ignoreBOM: true }',
  },
  {
    name: 'a byte order mark in Mcp-Name is dropped',
    file: 'src/mcp/mirrored-headers.ts',
    find: '{ fatal: true, ignoreBOM: true }',
    replace: '{ fatal: true, ignoreBOM: false }',
  },
  {
    name: 'bad Base64 in Mcp-Name is a name',
    file: 'src/mcp/mirrored-headers.ts',
    find: 'if (base64 === undefined) return undefined',
    replace: 'if (base64 === undefined) return value',
  },
  {
    name: 'of a repeated mirrored header the first counts',
    file: 'src/mcp/mirrored-headers.ts',
    find: 'values.length === 1 && value !== undefined',
    replace: 'value !== undefined',
  },
  {
    name: 'a header of 2026-07-28 may hold bytes that others read in another way',
    file: 'src/mcp/mirrored-headers.ts',
    find: 'value !== undefined && VISIBLE.test(value)',
    replace: 'value !== undefined',
  },
  {
    name: 'an encoded name is compared as it stands',
    file: 'src/mcp/mirrored-headers.ts',
    find: "checkHeader(headers, 'mcp-name', name, call, notification, decodeSentinel)",
    replace: "checkHeader(headers, 'mcp-name', name, call, notification)",
  },
]
