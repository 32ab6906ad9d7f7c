import { describe, expect, it } from 'vitest'
import { UnavailableError } from '../../../src/errors/unavailable-error.ts'
import type { Refused } from '../../../src/gate/decision.ts'
import { throwing } from '../../support/throwing.ts'
import { testResourceServer } from '../../support/tokens.ts'
import { ask, bodyOf, call, refused, serverWith, tokenTextOf, toolCall } from './policy/callers.ts'

const server = serverWith({ default: 'allow' })
const ALLOWED = { outcome: 'allowed' }

/** The decision about a request whose body is read as bytes. */
const read = (content: string | Uint8Array | object, headers: object = {}) => {
  const body = bodyOf(content)
  return ask(server, { message: body.message, headers: { ...body.headers, ...headers } })
}

const nested = (depth: number) => {
  const argument = `${'['.repeat(depth)}${']'.repeat(depth)}`
  return `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"act","arguments":${argument}}}`
}

describe('a body that is not strict JSON', () => {
  it.each<[string, string | Uint8Array]>([
    [
      'two members deep in the arguments',
      '{"jsonrpc":"2.0","method":"tools/call","params":{"name":"a","arguments":[{"x":1,"x":2}]}}',
    ],
    ['two members in a batch', '[{"jsonrpc":"2.0","id":1,"id":2,"method":"ping"}]'],
    ['too deep', nested(600)],
    ['far too deep', nested(200_000)],
  ])('S1.6: is refused: %s', async (_name, content) => {
    expect(await read(content)).toMatchObject(refused(400, 'body_malformed', -32700))
  })

  it('S1.6: arguments may be nested more deeply than a token may be', async () => {
    expect(await read(nested(100))).toMatchObject(ALLOWED)
    expect(await read(nested(490))).toMatchObject(ALLOWED)
  })

  it('S1.13: neither the answer nor the detail quotes the body', async () => {
    const decision = await read('{"jsonrpc":"2.0","id":1,"hidden":1,"hidden":2}')
    expect(decision).toMatchObject({ detail: expect.stringContaining('names a member twice') })
    expect(JSON.stringify(decision)).not.toContain('hidden')
  })
})

describe('a body that is not a JSON-RPC message', () => {
  it.each<[string, unknown, unknown]>([
    ['null', null, null],
    ['a number', 5, null],
    ['true', true, null],
    ['an empty object', {}, null],
    ['another version', { jsonrpc: '1.0', id: 1, method: 'ping' }, null],
    ['a version that is a number', { jsonrpc: 2, id: 1, method: 'ping' }, null],
    ['a method that is null', { jsonrpc: '2.0', id: 'a', method: null }, 'a'],
    ['a method that is a list', { jsonrpc: '2.0', id: 1.5, method: ['ping'] }, 1.5],
    ['a null method beside a result', { jsonrpc: '2.0', id: 1, method: null, result: 1 }, 1],
    ['parameters that are null', { jsonrpc: '2.0', id: 1, method: 'ping', params: null }, 1],
    ['parameters that are a text', { jsonrpc: '2.0', id: 1, method: 'ping', params: 'act' }, 1],
    ['a batch with something else', [call('ping'), 5], null],
    ['a batch with null', [call('ping'), null], null],
  ])('S1.6: is refused, as bytes and parsed: %s', async (_name, body, id) => {
    const answer = refused(400, 'body_malformed', -32600, id)
    expect(await read(JSON.stringify(body))).toMatchObject(answer)
    const parsed = async () => ({ parsed: body })
    expect(await ask(server, { message: parsed })).toMatchObject(answer)
    if (typeof body === 'object') {
      expect(await ask(server, { message: body as object })).toMatchObject(answer)
    }
  })

  it.each([
    ['a result', { jsonrpc: '2.0', id: 1, result: {} }],
    ['an error', { jsonrpc: '2.0', id: 1, error: { code: 1, message: '' } }],
    ['results', [{ jsonrpc: '2.0', id: 1, result: {} }]],
  ])('S1.6: a response to a request of the server needs no right: %s', async (_name, body) => {
    expect(await ask(serverWith({}), { message: body })).toMatchObject(ALLOWED)
  })

  it('S1.6: a call that also has a result is checked as a call', async () => {
    const message = { ...toolCall('act'), result: {}, error: {} }
    expect(await ask(serverWith({}), { message })).toMatchObject({ status: 403 })
  })
})

describe('the media type of a body', () => {
  it.each([
    'application/json; charset=UTF-8',
    'application/json; charset="utf-8"',
    'application/json ; charset = utf-8 ',
    'application/json;',
  ])('S1.6: JSON in UTF-8 is read: %s', async (type) => {
    expect(await read(call('ping'), { 'content-type': type })).toMatchObject(ALLOWED)
  })

  it.each([
    '',
    'application/jsonp',
    'application/json-rpc',
    'application/vnd.api+json',
    'text/json',
    'application/json; charset=utf-16',
    'application/json; charset=iso-8859-1',
    'application/json; charset="utf-16"',
    'application/json; charset=utf-8; charset=utf-16',
    'application/json; charset=utf-16; charset=utf-8',
    'application/json; boundary=x',
    'multipart/form-data; boundary=application/json',
    ['application/json', 'application/json'],
  ])('S1.6: a type that a handler could decode in another way is refused: %j', async (type) => {
    const decision = await read(call('ping'), { 'content-type': type })
    expect(decision).toMatchObject(refused(415, 'media_type_unsupported', -32600))
  })

  it.each(['gzip', 'br', 'deflate', 'zstd', 'x', 'identity, gzip', ['identity', 'gzip']])(
    'S1.6: a compressed body is refused: %j',
    async (encoding) => {
      const decision = await read(call('ping'), { 'content-encoding': encoding })
      expect(decision).toMatchObject(refused(415, 'media_type_unsupported', -32600))
    },
  )

  it('S1.6: the encoding `identity` is accepted', async () => {
    for (const encoding of ['identity', 'Identity']) {
      expect(await read(call('ping'), { 'content-encoding': encoding })).toMatchObject(ALLOWED)
    }
  })

  it('S1.6: a body that a framework has parsed is checked as parsed, whatever its media type', async () => {
    const message = async () => ({ parsed: toolCall('act') })
    const headers = { 'content-type': 'application/json; charset=utf-16' }
    expect(await ask(server, { message, headers })).toMatchObject(ALLOWED)
    expect(await ask(serverWith({}), { message, headers })).toMatchObject({ status: 403 })
  })
})

describe('reading a body', () => {
  it('MCP-13: happens after the checks of token, revocation and session', async () => {
    const body = bodyOf(call('ping'))
    const { message, limits } = body
    const revoking = serverWith({}, { revocation: ({ subject }) => subject === 'mallory' })
    const none = { method: 'POST', url: '/', headers: {}, message }
    expect(await revoking.authenticate(none)).toMatchObject({ status: 401 })
    const bad = { ...none, headers: { authorization: 'Bearer x.y.z' } }
    expect(await revoking.authenticate(bad)).toMatchObject({ status: 401 })
    const mallory = { sub: 'mallory' }
    expect(await ask(revoking, { message, claims: mallory })).toMatchObject({ status: 401 })
    const headers = { ...body.headers, 'mcp-session-id': 'unknown' }
    expect(await ask(revoking, { message, headers })).toMatchObject({ status: 404 })
    expect(limits).toEqual([])
    expect(await ask(revoking, body)).toMatchObject(ALLOWED)
    expect(limits).toHaveLength(1)
  })

  it.each(['GET', 'HEAD', 'DELETE', 'OPTIONS'])(
    'MCP-16: the body of a %s is not read',
    async (method) => {
      const { message, limits, headers } = bodyOf(toolCall('act'))
      expect(await ask(serverWith({}), { method, message, headers })).toMatchObject(ALLOWED)
      expect(await ask(serverWith({}), { method })).toMatchObject(ALLOWED)
      expect(limits).toEqual([])
    },
  )

  it.each(['PUT', 'PATCH', 'QUERY', 'get', 'Delete'])(
    'S1.6: the body of a %s is read and checked',
    async (method) => {
      const { message, headers } = bodyOf(toolCall('act'))
      expect(await ask(serverWith({}), { method, message, headers })).toMatchObject({ status: 403 })
    },
  )

  it('S1.6: reads 4 MiB at most by default, and `maxBodySize` at most where it is set', async () => {
    const standard = bodyOf(call('ping'))
    await ask(server, standard)
    expect(standard.limits).toEqual([4 * 1024 * 1024])
    const small = bodyOf(call('ping'))
    await ask(serverWith({ maxBodySize: 1024 }), small)
    expect(small.limits).toEqual([1024])
  })

  it('S1.6: a longer body is 413, and is not read when Content-Length is too large', async () => {
    const short = serverWith({ default: 'allow', maxBodySize: 1024 })
    const { message, limits, headers } = bodyOf(call('ping'))
    const sized = (length: string) => ({
      ...{ message, headers: { ...headers, 'content-length': length } },
    })
    const tooLarge = refused(413, 'body_too_large', -32600)
    expect(await ask(short, sized('1025'))).toMatchObject(tooLarge)
    expect(await ask(short, sized('99999999999999999999'))).toMatchObject(tooLarge)
    expect(limits).toEqual([])
    expect(await ask(short, sized('1024'))).toMatchObject(ALLOWED)
    expect(await ask(short, { message: async () => undefined, headers })).toMatchObject(tooLarge)
  })

  it.each<[string, () => Promise<never>]>([
    ['rejects', async () => Promise.reject(new Error('connection reset'))],
    ['throws', throwing(new TypeError('locked'))],
    ['rejects with a text', async () => Promise.reject('connection reset')],
  ])('S1.6: a reader that %s makes the body unreadable: 400', async (_name, message) => {
    const decision = await ask(server, { message })
    expect(decision).toMatchObject(refused(400, 'body_unreadable', -32700))
    const { headers, body } = decision as Refused
    expect(JSON.stringify([headers, body])).not.toMatch(/reset|locked/)
  })

  it('S1.13: only the operator gets the reason why a body could not be read', async () => {
    for (const [thrown, why] of [
      [new Error('connection reset'), 'connection reset'],
      ['secret', 'string'],
      [undefined, 'undefined'],
    ] as const) {
      const decision = await ask(server, { message: async () => Promise.reject(thrown) })
      expect(decision).toMatchObject({ detail: `the body could not be read: ${why}` })
    }
  })

  it('S1.7: a token in the reader’s error message is not repeated', async () => {
    const token = await tokenTextOf()
    const message = async () => Promise.reject(new Error(`no body for ${token}`))
    const { detail } = (await ask(server, { message })) as Refused
    expect(detail).toMatch(/^the body could not be read: no body f.{0,3}\[token\]$/)
  })

  it('RFC7662-3: an UnavailableError of the reader is 503, with its reason and Retry-After', async () => {
    const full = new UnavailableError('policy_failed', 'parsed before', { retryAfter: 7 })
    const decision = await ask(server, { message: async () => Promise.reject(full) })
    expect(decision).toMatchObject({
      ...{ outcome: 'unavailable', status: 503, reason: 'policy_failed' },
      ...{ detail: 'parsed before', headers: { 'Retry-After': '7' } },
    })
  })

  it('S1.6: a `message` of bytes is parsed as strictly as bytes that a reader gives', async () => {
    const bytes = (text: string) => new TextEncoder().encode(text)
    const guarded = serverWith({ tools: { read: 'allow' } })
    const given = bytes(JSON.stringify(toolCall('read')))
    expect(await ask(guarded, { message: given })).toMatchObject({
      ...{ outcome: 'allowed', message: toolCall('read') },
    })
    const drop = bytes(JSON.stringify(toolCall('drop')))
    expect(await ask(guarded, { message: Buffer.from(drop) })).toMatchObject({ status: 403 })
    for (const text of [
      '',
      '{"jsonrpc":"2.0","id":1,"method":"ping","method":"ping"}',
      '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"read","name":"drop"}}',
      '\ufeff{"jsonrpc":"2.0","id":1,"method":"ping"}',
    ]) {
      const decision = await ask(guarded, { message: bytes(text) })
      expect(decision).toMatchObject(refused(400, 'body_malformed', -32700))
    }
    const latin = Buffer.from('{"jsonrpc":"2.0","id":1,"method":"\xff"}', 'latin1')
    expect(await ask(guarded, { message: latin })).toMatchObject({ status: 400 })
  })

  it.each([null, 'text', 5, {}, [], '{"jsonrpc":"2.0","id":1,"method":"ping"}'])(
    'S1.6: a request whose reader gives %j is not allowed',
    async (given) => {
      const decision = await ask(server, { message: async () => given as never })
      expect(['refused', 'unavailable']).toContain(decision.outcome)
    },
  )

  it('S1.6: a request without `message` is 503 when there is a policy: the adapter is wrong', async () => {
    const decision = await ask(server, {})
    expect(decision).toMatchObject({
      ...{ outcome: 'unavailable', status: 503, reason: 'policy_failed' },
      detail: expect.stringContaining('`message`'),
    })
  })

  it('is skipped without a policy, and with `policy: false`', async () => {
    const body = bodyOf('no JSON')
    expect(await ask(testResourceServer({ requiredScopes: [] }), body)).toMatchObject(ALLOWED)
    const authorized = await ask(serverWith({}), body)
    expect(authorized).toMatchObject({ status: 400 })
    body.limits.length = 0
    const headers = { authorization: `Bearer ${await tokenTextOf()}` }
    const request = { method: 'POST', url: '/other', headers, message: body.message }
    const other = await serverWith({}).authenticate(request, { policy: false })
    expect(other).toMatchObject({ outcome: 'allowed', message: undefined })
    expect(body.limits).toEqual([])
  })

  it('S1.6: the handler gets the same object that was checked', async () => {
    const parsed = toolCall('act')
    expect(await ask(server, { message: async () => ({ parsed }) })).toHaveProperty(
      'message',
      parsed,
    )
    expect(await read(parsed)).toMatchObject({ message: parsed })
  })
})
