import { describe, expect, it } from 'vitest'
import { answerDocument } from '../../../src/metadata/document-answer.ts'
import { httpsFreeResourceServer, ISSUER, request } from '../../support/tokens.ts'

const BODY = '{"resource":"größe"}'
const get = (ifNoneMatch?: string) => answerDocument('GET', ifNoneMatch, BODY)
const etag = get().headers.ETag ?? ''

describe('the answer with a document', () => {
  it('RFC9728-2 RFC9728-6: GET gets it, with what lets it be kept and read everywhere', () => {
    expect(get()).toEqual({
      status: 200,
      headers: {
        'Access-Control-Allow-Origin': '*',
        'Access-Control-Expose-Headers': 'ETag',
        'Cache-Control': 'public, max-age=300',
        'Content-Length': String(Buffer.byteLength(BODY)),
        'Content-Type': 'application/json',
        ETag: expect.stringMatching(/^"[\w-]{20,}"$/),
      },
      body: BODY,
    })
  })

  it('RFC9728-2: HEAD gets the same without the body', () => {
    expect(answerDocument('HEAD', undefined, BODY)).toEqual({ ...get(), body: undefined })
  })

  it('RFC9728-6: OPTIONS is a preflight', () => {
    expect(answerDocument('OPTIONS', undefined, BODY)).toEqual({
      status: 204,
      headers: {
        Allow: 'GET, HEAD, OPTIONS',
        'Access-Control-Allow-Headers': '*',
        'Access-Control-Allow-Methods': 'GET, HEAD, OPTIONS',
        'Access-Control-Allow-Origin': '*',
        'Access-Control-Max-Age': '86400',
      },
      body: undefined,
    })
  })

  it.each(['POST', 'PUT', 'PATCH', 'DELETE', 'TRACE', 'CONNECT', 'QUERY', 'get', ''])(
    'RFC9728-2: %s is not allowed',
    (method) => {
      expect(answerDocument(method, undefined, BODY)).toEqual({
        status: 405,
        headers: { 'Access-Control-Allow-Origin': '*', Allow: 'GET, HEAD, OPTIONS' },
        body: undefined,
      })
    },
  )

  it.each([
    ['the tag', etag],
    ['the tag, weak', `W/${etag}`],
    ['one of several', `"x", W/"y",${etag}`],
    ['any', '*'],
  ])('RFC9728-6: If-None-Match with %s is 304 without a body', (_name, ifNoneMatch) => {
    for (const method of ['GET', 'HEAD']) {
      const answer = answerDocument(method, ifNoneMatch, BODY)
      expect(answer).toMatchObject({ status: 304, body: undefined })
      expect(answer.headers).toMatchObject({ ETag: etag, 'Cache-Control': 'public, max-age=300' })
      expect(answer.headers).not.toHaveProperty('Content-Length')
    }
  })

  it.each([
    ['another tag', '"x"'],
    ['the tag without quotes', etag.slice(1, -1)],
    ['a part of the tag', `${etag.slice(0, -3)}"`],
    ['nothing', ''],
    ['a quoted star', '"*"'],
  ])('RFC9728-6: If-None-Match with %s gets the document', (_name, ifNoneMatch) => {
    expect(get(ifNoneMatch)).toMatchObject({ status: 200, body: BODY })
  })

  it('RFC9728-6: another document has another tag', () => {
    expect(answerDocument('GET', undefined, `${BODY} `).headers.ETag).not.toBe(etag)
    expect(get().headers.ETag).toBe(etag)
  })
})

describe('documents()', () => {
  const server = httpsFreeResourceServer()
  const ask = (url: string, method = 'GET', headers = {}) =>
    server.documents({ method, url, headers })

  it.each(['/.well-known/oauth-protected-resource/mcp', '/.well-known/oauth-protected-resource'])(
    'MCP-1 MCP-2: serves %s without a token',
    async (url) => {
      const answer = await ask(url)
      expect(answer?.status).toBe(200)
      expect(JSON.parse(answer?.body ?? '')).toEqual({
        resource: 'https://mcp.example.com/mcp',
        authorization_servers: [ISSUER],
        scopes_supported: ['mcp:tools'],
        bearer_methods_supported: ['header'],
      })
    },
  )

  it.each([
    '/mcp',
    '/',
    '/.well-known/oauth-protected-resource/other',
    '/.well-known/oauth-authorization-server',
    '/.well-known/openid-configuration',
  ])('MCP-16: %s is none of them', async (url) => {
    expect(await ask(url)).toBeUndefined()
  })

  it('RFC9728-6: reads If-None-Match from a record, a list and a Headers', async () => {
    const url = '/.well-known/oauth-protected-resource'
    const tag = (await ask(url))?.headers.ETag ?? ''
    for (const headers of [
      { 'if-none-match': tag },
      { 'if-none-match': [tag] },
      new Headers({ 'If-None-Match': tag }),
    ]) {
      expect((await ask(url, 'GET', headers))?.status).toBe(304)
    }
  })

  it('RFC9728-2: 405 for a POST, although it has a token', async () => {
    const { url } = request(undefined, { url: '/.well-known/oauth-protected-resource/mcp' })
    expect((await ask(url, 'POST', { authorization: 'Bearer x' }))?.status).toBe(405)
  })
})
