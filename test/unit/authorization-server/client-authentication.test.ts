import { describe, expect, it } from 'vitest'
import {
  type ClientAuthenticationMethod,
  clientSecretAuthentication,
} from '../../../src/authorization-server/client-authentication.ts'

async function authenticated(method: ClientAuthenticationMethod, id: string, secret: string) {
  const headers: Record<string, string> = {}
  const body = new URLSearchParams({ token: 't' })
  const way = clientSecretAuthentication(method, id, secret)
  await way.authenticate({ headers, body, url: 'https://sso.example.com/introspect' })
  return { headers, body: body.toString() }
}

describe('client_secret_basic', () => {
  it.each([
    ['plain words', 'mcp', 'secret', 'mcp:secret'],
    ['a colon in the id', 'a:b', 'c:d', 'a%3Ab:c%3Ad'],
    ['a URL as id', 'https://mcp.example.com/mcp', 's', 'https%3A%2F%2Fmcp.example.com%2Fmcp:s'],
    ['a blank and a plus', 'a b', 'c+d', 'a+b:c%2Bd'],
    ['a percent sign', 'a%41', '100%', 'a%2541:100%25'],
    ['letters beyond ASCII', 'ä', 'ß€', '%C3%A4:%C3%9F%E2%82%AC'],
    ['line ends', 'a', 'b\r\nX: y', 'a:b%0D%0AX%3A+y'],
  ])('RFC7662-7: form-encodes id and secret: %s', async (_name, id, secret, expected) => {
    const { headers, body } = await authenticated('client_secret_basic', id, secret)
    const [scheme, credentials = ''] = (headers.authorization ?? '').split(' ')
    expect(scheme).toBe('Basic')
    expect(Buffer.from(credentials, 'base64').toString()).toBe(expected)
    expect(body).toBe('token=t')
  })
})

describe('client_secret_post', () => {
  it('RFC7662-7: puts both into the body, and nothing into the header', async () => {
    const { headers, body } = await authenticated('client_secret_post', 'a:b', 'c&d=e')
    expect(headers).toEqual({})
    expect(body).toBe('token=t&client_id=a%3Ab&client_secret=c%26d%3De')
  })
})
