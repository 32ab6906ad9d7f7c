import { describe, expect, it, vi } from 'vitest'
import { authenticateClient } from '../../../../src/authorization-server/client-authentication/authenticate-client.ts'
import type { ClientAuthentication } from '../../../../src/authorization-server/client-authentication/client-authentication.ts'
import { clientSecretBasic } from '../../../../src/authorization-server/client-authentication/client-secret-basic.ts'
import { clientSecretPost } from '../../../../src/authorization-server/client-authentication/client-secret-post.ts'

async function authenticated(authentication: Pick<ClientAuthentication, 'authenticate'>) {
  const headers: Record<string, string> = {}
  const body = new URLSearchParams({ token: 't' })
  await authentication.authenticate({ headers, body, url: 'https://sso.example.com/introspect' })
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
    const { headers, body } = await authenticated(clientSecretBasic(id, secret))
    const [scheme, credentials = ''] = (headers.authorization ?? '').split(' ')
    expect(scheme).toBe('Basic')
    expect(Buffer.from(credentials, 'base64').toString()).toBe(expected)
    expect(body).toBe('token=t')
  })
})

describe('client_secret_post', () => {
  it('RFC7662-7: puts id and secret into the body, and nothing into the header', async () => {
    const { headers, body } = await authenticated(clientSecretPost('a:b', 'c&d=e'))
    expect(headers).toEqual({})
    expect(body).toBe('token=t&client_id=a%3Ab&client_secret=c%26d%3De')
  })
})

describe('the operator’s own authentication', () => {
  const request = { headers: {}, body: new URLSearchParams(), url: 'https://sso.example.com/' }
  const failure = (detail: string) =>
    expect.objectContaining({
      status: 503,
      reason: 'client_authentication_failed',
      message: expect.stringContaining(detail),
    })

  it('RFC7662-3: is given up after ten seconds', async () => {
    const deadline = new AbortController()
    const timeout = vi.spyOn(AbortSignal, 'timeout').mockReturnValue(deadline.signal)
    const work = authenticateClient({ authenticate: () => new Promise(() => {}) }, request)
    deadline.abort(new Error('late'))
    await expect(work).rejects.toEqual(failure('authenticate() did not finish within 10 s'))
    expect(timeout).toHaveBeenCalledExactlyOnceWith(10_000)
    timeout.mockRestore()
  })

  it('RFC7662-3: fails, at once or later, without its message being repeated', async () => {
    const words = new Error('the key is s3cret')
    const later = authenticateClient({ authenticate: () => Promise.reject(words) }, request)
    await expect(later).rejects.toEqual(failure('authenticate() threw an error'))
    const atOnce = () =>
      authenticateClient(
        {
          authenticate() {
            throw words
          },
        },
        request,
      )
    expect(atOnce).toThrow(failure('authenticate() threw an error'))
  })
})
