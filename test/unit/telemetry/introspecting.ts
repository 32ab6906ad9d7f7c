import { INTROSPECTION, ISSUER, testResourceServer } from '../../support/tokens.ts'

/** A server that introspects every token; its authorization server always answers this. */
export function introspecting(answer: () => Response) {
  return testResourceServer({
    authorizationServer: {
      issuer: ISSUER,
      verification: 'introspection',
      introspection: { ...INTROSPECTION, endpoint: `${INTROSPECTION.endpoint}?realm=acme` },
    },
    http: { fetch: async () => answer() },
  })
}
