import { describe, expect, it } from 'vitest'
import { answerAtEndpoint } from '../../support/adapter.ts'
import { noNetwork, testResourceServer } from '../../support/tokens.ts'

const ISSUER = 'https://a.example'
const PATHS = [
  '/.well-known/oauth-authorization-server',
  '/.well-known/oauth-authorization-server/mcp',
  '/.well-known/openid-configuration',
  '/.well-known/openid-configuration/mcp',
]

const mirror = (fetch: typeof globalThis.fetch, mirrorAuthorizationServerMetadata = true) =>
  testResourceServer({
    authorizationServer: ISSUER,
    mirrorAuthorizationServerMetadata,
    http: { fetch },
  })
const get = (url: string) => ({ method: 'GET', url, headers: {} })

describe('the mirror of the authorization server’s metadata', () => {
  it.each(PATHS)('MCP-2: is served at %s, as the server said it', async (path) => {
    const metadata = { issuer: ISSUER, token_endpoint: `${ISSUER}/token`, x: [1] }
    const server = mirror(async () => Response.json(metadata))
    const answer = await answerAtEndpoint(server, get(path))
    expect(answer?.status).toBe(200)
    expect(JSON.parse(answer?.body ?? '')).toEqual(metadata)
  })

  it.each(PATHS)('MCP-2: is not served at %s unless asked for', async (path) => {
    expect(await answerAtEndpoint(mirror(noNetwork, false), get(path))).toBeUndefined()
  })

  it('RFC7662-3: is 503 while there is nothing to mirror', async () => {
    const answer = await answerAtEndpoint(
      mirror(noNetwork),
      get('/.well-known/openid-configuration'),
    )
    expect(answer).toEqual({
      status: 503,
      headers: { 'Retry-After': '5', 'Access-Control-Allow-Origin': '*' },
      body: undefined,
    })
  })

  it('RFC8725-2: is not of another issuer', async () => {
    const server = mirror(async () => Response.json({ issuer: 'https://evil.example' }))
    const answer = await answerAtEndpoint(server, get('/.well-known/openid-configuration'))
    expect(answer).toMatchObject({ status: 503, body: undefined })
  })
})
