import { describe, expect, it } from 'vitest'
import { answerMetadata } from '../../../src/metadata/metadata-answer.ts'
import { answerAtEndpoint } from '../../support/adapter.ts'
import { testResourceServer } from '../../support/tokens.ts'

const BODY = '{"resource":"größe"}'
const get = (ifNoneMatch?: string) => answerMetadata('GET', ifNoneMatch, BODY)
const etag = get().headers.ETag ?? ''

describe('answerMetadata', () => {
  it('RFC9728-2 RFC9728-6: answers GET with the document, which caches may keep and every page may read', () => {
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

  it('RFC9728-2: answers HEAD in the same way, without the body', () => {
    expect(answerMetadata('HEAD', undefined, BODY)).toEqual({ ...get(), body: undefined })
  })

  it('RFC9728-6: answers OPTIONS as a preflight', () => {
    expect(answerMetadata('OPTIONS', undefined, BODY)).toEqual({
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

  it.each([
    ['the tag', etag],
    ['the tag, weak', `W/${etag}`],
    ['one of several', `"x", W/"y",${etag}`],
    ['a star', '*'],
  ])('RFC9728-6: answers If-None-Match with %s by 304, without a body', (_name, ifNoneMatch) => {
    for (const method of ['GET', 'HEAD']) {
      const answer = answerMetadata(method, ifNoneMatch, BODY)
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
  ])('RFC9728-6: answers If-None-Match with %s by the document', (_name, ifNoneMatch) => {
    expect(get(ifNoneMatch)).toMatchObject({ status: 200, body: BODY })
  })

  it('RFC9728-6: gives another document another tag', () => {
    expect(answerMetadata('GET', undefined, `${BODY} `).headers.ETag).not.toBe(etag)
    expect(get().headers.ETag).toBe(etag)
  })
})

describe('the endpoints of the metadata', () => {
  const server = testResourceServer()
  const ask = (url: string, method = 'GET', headers = {}) =>
    answerAtEndpoint(server, { method, url, headers })

  it('RFC9728-6: read If-None-Match from a record, a list and a Headers', async () => {
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
})
