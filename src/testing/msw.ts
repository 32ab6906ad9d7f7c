import { type HttpHandler, HttpResponse, type HttpResponseResolver, http } from 'msw'
import { createIssuerFetch } from './issuer-fetch.ts'
import { stateOf } from './issuer-state.ts'
import type { TestIssuer } from './test-issuer.ts'

/**
 * Makes the handlers of Mock Service Worker for a test issuer: every request of the process to the issuer's
 * URL is answered by it, also by code that takes no `fetch`. Requests to other URLs of the same origin go to
 * your other handlers.
 *
 * msw cannot tell in which way a connection fails: `refused`, `reset` and `cut` are
 * all a network error, and `slow` is `silent`.
 *
 * @throws {TypeError} if the value is no test issuer
 *
 * @example
 * ```ts
 * import { createTestIssuer } from 'mcp-resource-server/testing'
 * import { mswHandlers } from 'mcp-resource-server/testing/msw'
 * import { setupServer } from 'msw/node'
 *
 * const issuer = createTestIssuer({ issuer: 'https://sso.example.com/realms/acme' })
 * const server = setupServer(...mswHandlers(issuer))
 * server.listen()
 * const response = await fetch(`${issuer.issuer}/.well-known/openid-configuration`)
 * console.log(response.status) // 200
 * server.close()
 * ```
 */
export function mswHandlers(issuer: TestIssuer): HttpHandler[] {
  const state = stateOf('mswHandlers', issuer)
  // msw throws outside of every test if the body of an answer fails.
  const issuerFetch = createIssuerFetch(state, 'call')
  const { origin } = new URL(state.issuer)
  const answer: HttpResponseResolver = async ({ request }) => {
    if (!state.owns(request.url)) return undefined
    try {
      return await issuerFetch(request)
    } catch {
      return HttpResponse.error()
    }
  }
  return [http.all(`${origin}/*`, answer), http.all(origin, answer)]
}
