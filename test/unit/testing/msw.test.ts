import { HttpResponse, http } from 'msw'
import { setupServer } from 'msw/node'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createResourceServer } from '../../../src/index.ts'
import { createTestIssuer, type TestIssuer } from '../../../src/testing/index.ts'
import { mswHandlers } from '../../../src/testing/msw.ts'
import { transportCases } from './transport-cases.ts'

const server = setupServer()
beforeAll(() => server.listen({ onUnhandledFrame: 'error' }))
afterAll(() => server.close())

describe('a test issuer as handlers of msw', () => {
  transportCases({
    async start(options) {
      const issuer = createTestIssuer({ issuer: 'https://sso.example.com/realms/acme', ...options })
      server.resetHandlers(...mswHandlers(issuer))
      return issuer
    },
    ask: (issuer) => (path, init) => fetch(`${issuer.issuer}${path}`, init),
    failures: { refused: /./, reset: /./ },
  })

  it('is reached by a resource server that knows nothing of the test', async () => {
    await using issuer = createTestIssuer({ issuer: 'https://sso.example.com/realms/acme' })
    server.resetHandlers(
      ...mswHandlers(issuer),
      http.get('https://sso.example.com/health', () => HttpResponse.text('fine')),
    )
    const resourceServer = createResourceServer({
      resource: issuer.resource,
      authorizationServer: issuer.issuer,
      http: { fetch: (...call) => fetch(...call) },
    })
    expect((await resourceServer.verify(await issuer.token())).subject).toBe('test-user')
    // Other URLs of the same host are left to the other handlers.
    expect(await (await fetch('https://sso.example.com/health')).text()).toBe('fine')
    await resourceServer.close()
  })

  it('is made of test issuers only', () => {
    expect(() => mswHandlers({} as TestIssuer)).toThrow('createTestIssuer')
  })
})
