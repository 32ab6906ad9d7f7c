import { describe, expect, it } from 'vitest'
import { UnavailableError } from '../../../src/errors/unavailable-error.ts'
import { Endpoints } from '../../../src/gate/endpoints.ts'
import type { Endpoint } from '../../../src/http/endpoint.ts'
import { cpuSecondsOf, LINEAR_SECONDS } from '../../support/cpu-time.ts'
import { throwing } from '../../support/throwing.ts'

const AT = '/.well-known/oauth-protected-resource'

const endpoint = (path: string): Endpoint => ({
  path,
  methods: ['POST', 'OPTIONS'],
  answer: () => ({ status: 204, headers: {}, body: undefined }),
})

describe('find', () => {
  const endpoints = new Endpoints([`${AT}/mcp`, AT].map(endpoint))
  const withQuery = new Endpoints([`${AT}/mcp?t=1`, AT].map(endpoint))

  it.each([
    [`${AT}/mcp`, `${AT}/mcp`],
    [AT, AT],
    [`${AT}?cache=no`, AT],
    [`${AT}/mcp?a=b?c`, `${AT}/mcp`],
    [`https://a.example${AT}/mcp`, `${AT}/mcp`],
    [`HTTP://whatever.example:1${AT}`, AT],
    [`${AT}/`, undefined],
    [`${AT}/other`, undefined],
    [`${AT}/mcp/`, undefined],
    [`${AT.toUpperCase()}`, undefined],
    [`/x${AT}`, undefined],
    [`//a.example${AT}`, undefined],
    ['/mcp', undefined],
    ['', undefined],
    ['*', undefined],
    [`/mcp?${AT}`, undefined],
    [`/mcp#${AT}`, undefined],
  ])('MCP-2 RFC9728-1: for %s finds %s', (target, expected) => {
    expect(endpoints.find(target)?.path).toBe(expected)
  })

  it.each([
    [`${AT}/mcp?t=1`, `${AT}/mcp?t=1`],
    [`${AT}/mcp`, undefined],
    [`${AT}/mcp?t=2`, undefined],
    [`${AT}?anything`, AT],
  ])('RFC9728-1: with a query in the resource, for %s finds %s', (target, expected) => {
    expect(withQuery.find(target)?.path).toBe(expected)
  })

  it('RFC9728-1: takes an absolute URL whose path ends with a slash', () => {
    const slashed = new Endpoints([endpoint(`${AT}/mcp/`)])
    expect(slashed.find(`https://a.example${AT}/mcp/`)?.path).toBe(`${AT}/mcp/`)
  })

  it.each([
    ['a scheme without end', 'a'.repeat(100_000)],
    ['slashes', '/'.repeat(100_000)],
    ['question marks', '?'.repeat(100_000)],
    ['colons', 'a:/'.repeat(33_000)],
  ])('CVE-2026-0621: compares 100 KB of %s in linear time', async (_name, target) => {
    const work = () => expect(endpoints.find(target)?.path).toBeUndefined()
    expect(await cpuSecondsOf(work)).toBeLessThan(LINEAR_SECONDS)
  })
})

describe('the answer of an endpoint', () => {
  const ask = (method: string, answer: Endpoint['answer']) => {
    const headers = { 'Cache-Control': 'no-store' }
    const [guarded] = new Endpoints([{ ...endpoint('/logout'), headers, answer }]).all
    return guarded?.answer({ method, url: '/logout', headers: {} })
  }

  it('is given for each of its methods', async () => {
    const answer = { status: 204, headers: {}, body: undefined }
    expect(await ask('POST', () => answer)).toEqual(answer)
    expect(await ask('OPTIONS', async () => answer)).toEqual(answer)
  })

  it.each(['GET', 'HEAD', 'DELETE', 'post', ''])(
    'BCL-3: is 405 for the method %j, with the header fields of the endpoint',
    async (method) => {
      const never = throwing(new Error('this endpoint does not take the method'))
      expect(await ask(method, never)).toEqual({
        status: 405,
        headers: { Allow: 'POST, OPTIONS', 'Cache-Control': 'no-store' },
        body: undefined,
      })
    },
  )

  it.each([
    ['an outage', new UnavailableError('discovery_failed', 'a secret', { retryAfter: 7 }), '7'],
    ['any other error', new Error('a secret'), '5'],
  ])('S1.13: is 503 without a detail for %s', async (_what, error, retryAfter) => {
    const failing = () => Promise.reject(error)
    expect(await ask('POST', failing)).toEqual({
      status: 503,
      headers: { 'Retry-After': retryAfter, 'Cache-Control': 'no-store' },
      body: undefined,
    })
  })
})
