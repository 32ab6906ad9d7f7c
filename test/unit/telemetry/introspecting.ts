import { httpsFreeResourceServer, ISSUER } from '../../support/tokens.ts'

/** A server that introspects every token; its authorization server always answers this. */
export function introspecting(answer: () => Response) {
  return httpsFreeResourceServer({
    authorizationServer: {
      issuer: ISSUER,
      verification: 'introspection',
      introspection: {
        clientId: 'mcp',
        clientSecret: 's3cr3t',
        endpoint: 'https://sso.example.com/introspect?realm=acme',
      },
    },
    http: { fetch: async () => answer() },
  })
}
