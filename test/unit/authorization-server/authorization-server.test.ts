import { describe, expect, it } from 'vitest'
import {
  type AuthorizationServerParts,
  createAuthorizationServer,
} from '../../../src/authorization-server/authorization-server.ts'
import type { ClientAuthentication } from '../../../src/authorization-server/client-authentication/client-authentication.ts'
import { createOAuthClient } from '../../../src/authorization-server/client-authentication/create-oauth-client.ts'
import { createFormCall } from '../../../src/authorization-server/form-call.ts'
import type { HttpCall } from '../../../src/authorization-server/http/http-call.ts'
import type { HttpClient } from '../../../src/authorization-server/http/http-client.ts'
import { inspectServer } from '../../../src/authorization-server/inspection.ts'
import { createTokenIssuer } from '../../../src/authorization-server/token-issuer.ts'
import { settleProfile } from '../../../src/token/settled-profile.ts'
import { ISSUER, rsaKey } from '../../support/tokens.ts'

const TOKEN_ENDPOINT = `${ISSUER}/token`
const clientWith = (authentication: 'client_secret_post' | ClientAuthentication) =>
  createOAuthClient(
    {
      clientId: 'mcp',
      clientSecret: 's3cret',
      clientKey: undefined,
      clientCertificate: undefined,
      clientAssertion: { audience: 'issuer', lifetime: 60, algorithm: undefined, keyId: undefined },
      authentication,
    },
    {
      where: 'createResourceServer',
      optionAt: (option) => option,
      issuer: ISSUER,
      clock: () => 1_000_000,
      http: { replacedBy: undefined },
    },
  )
const client = clientWith('client_secret_post')

/** An HTTP client that answers with these documents, and the calls that it got. */
function fakeHttp(documents: Readonly<Record<string, unknown>>) {
  const calls: HttpCall[] = []
  const http: HttpClient = {
    async call(call) {
      calls.push(call)
      const found = documents[call.url]
      const body = Buffer.from(JSON.stringify(found ?? {}))
      const status = found === undefined ? 404 : 200
      return {
        status,
        contentType: 'application/json',
        retryAfter: undefined,
        date: undefined,
        body,
      }
    },
    replacedBy: undefined,
    closed: false,
    distrust() {},
    async close() {},
  }
  return { http, calls }
}

function serverWith(
  metadata: Readonly<Record<string, unknown>>,
  parts: Partial<AuthorizationServerParts> = {},
) {
  const documents: Record<string, unknown> = {
    [`${ISSUER}/.well-known/openid-configuration`]: { issuer: ISSUER, ...metadata },
    [`${ISSUER}/keys`]: { keys: [rsaKey.publicKey] },
    [TOKEN_ENDPOINT]: { access_token: 'a' },
  }
  const { http, calls } = fakeHttp(documents)
  const server = createAuthorizationServer({
    issuer: ISSUER,
    profile: settleProfile(),
    allowInsecureHttp: false,
    http,
    clock: () => 1_000_000,
    ...parts,
  })
  return {
    server,
    documents,
    urls: () => calls.map(({ url }) => url),
    calls,
  }
}

const request = {
  endpoint: 'token_endpoint',
  purpose: 'inspection',
  lane: 'documents',
  failure: 'discovery_failed',
} as const

describe('an endpoint', () => {
  it('comes from the metadata, which is fetched once', async () => {
    const { server, urls } = serverWith({ token_endpoint: TOKEN_ENDPOINT })
    expect(await server.endpoint('token_endpoint')).toBe(TOKEN_ENDPOINT)
    const fetched = urls().length
    expect(server.endpoint('token_endpoint')).toBe(TOKEN_ENDPOINT)
    expect(urls()).toHaveLength(fetched)
    expect(server.isConfigured('token_endpoint')).toBe(false)
  })

  it('is the one that the operator set, without a promise and without a fetch', () => {
    const endpoints = { token_endpoint: 'https://proxy.example.com/token' }
    const { server, urls } = serverWith({ token_endpoint: TOKEN_ENDPOINT }, { endpoints })
    expect(server.endpoint('token_endpoint')).toBe('https://proxy.example.com/token')
    expect(server.isConfigured('token_endpoint')).toBe(true)
    expect(server.isConfigured('jwks_uri')).toBe(false)
    expect(urls()).toEqual([])
  })

  it.each([
    ['is missing', {}, 'the metadata has no "token_endpoint"'],
    [
      'has plain http',
      { token_endpoint: 'http://sso.example/t' },
      '"token_endpoint" is plain http',
    ],
  ])('that %s in the metadata fails', async (_name, metadata, message) => {
    const { server } = serverWith(metadata)
    await expect(server.endpoint('token_endpoint')).rejects.toMatchObject({
      reason: 'discovery_failed',
      message: expect.stringContaining(message),
    })
  })

  it('that fails has the metadata fetched again', async () => {
    const { server, documents, urls } = serverWith({ token_endpoint: TOKEN_ENDPOINT })
    await server.endpoint('token_endpoint')
    const fetched = urls().length
    const moved = { issuer: ISSUER, token_endpoint: 'https://new.example.com/token' }
    documents[`${ISSUER}/.well-known/openid-configuration`] = moved
    server.reportFailure('token_endpoint')
    expect(await server.endpoint('token_endpoint')).toBe('https://new.example.com/token')
    expect(urls().length).toBeGreaterThan(fetched)
  })

  it('that the operator set and that fails does not have the metadata fetched again', async () => {
    const endpoints = { token_endpoint: TOKEN_ENDPOINT }
    const { server, urls } = serverWith({}, { endpoints })
    await server.metadata()
    const fetched = urls().length
    server.reportFailure('token_endpoint')
    await server.metadata()
    expect(urls()).toHaveLength(fetched)
  })
})

const SETTINGS = { algorithms: ['RS256' as const], keys: undefined, keySet: undefined }

describe('the keys of a token issuer', () => {
  it('come from the jwks_uri of the metadata', async () => {
    const { server, urls } = serverWith({ jwks_uri: `${ISSUER}/keys` })
    const { keys } = createTokenIssuer(server, SETTINGS, () => 1_000_000)
    await expect(keys.find('RS256', 'rsa-1')).resolves.toMatchObject({ keyId: 'rsa-1' })
    expect(urls().at(-1)).toBe(`${ISSUER}/keys`)
  })

  it('are the given ones, without a fetch', async () => {
    const { server, urls } = serverWith({ jwks_uri: `${ISSUER}/keys` })
    const given = { keys: [rsaKey.publicKey as Record<string, unknown>] }
    const issuer = createTokenIssuer(server, { ...SETTINGS, keys: given }, () => 0)
    await expect(issuer.keys.find('RS256', 'rsa-1')).resolves.toMatchObject({ algorithm: 'RS256' })
    expect(issuer.algorithms).toEqual(['RS256'])
    expect(urls()).toEqual([])
  })
})

describe('a form', () => {
  it('is made without a promise where the endpoint is known and the client has a secret', () => {
    const endpoints = { token_endpoint: TOKEN_ENDPOINT }
    const { server } = serverWith({}, { client, endpoints })
    expect(
      createFormCall(server, { ...request, form: new URLSearchParams({ a: 'b c' }) }),
    ).toMatchObject({
      purpose: 'inspection',
      issuer: ISSUER,
      lane: 'documents',
      failure: 'discovery_failed',
      method: 'POST',
      url: TOKEN_ENDPOINT,
      headers: {
        accept: 'application/json',
        'content-type': 'application/x-www-form-urlencoded',
      },
      body: 'a=b+c&client_id=mcp&client_secret=s3cret',
      signal: undefined,
    })
  })

  it('waits for the metadata and for the operator’s own authentication', async () => {
    const authentication = {
      async authenticate({ headers, url }: { headers: Record<string, string>; url: string }) {
        headers.authorization = `Own ${url}`
      },
    }
    const own = clientWith(authentication)
    const { server } = serverWith({ token_endpoint: TOKEN_ENDPOINT }, { client: own })
    const call = await createFormCall(server, { ...request, form: new URLSearchParams() })
    expect(call.headers.authorization).toBe(`Own ${TOKEN_ENDPOINT}`)
  })

  it('S1.8: is not sent without a client', () => {
    const { server, urls } = serverWith({}, { endpoints: { token_endpoint: TOKEN_ENDPOINT } })
    expect(() => createFormCall(server, { ...request, form: new URLSearchParams() })).toThrow(
      expect.objectContaining({ reason: 'client_authentication_failed' }),
    )
    expect(urls()).toEqual([])
  })
})

describe('an inspection', () => {
  const look = {
    resource: 'https://mcp.example.com/mcp',
    requiredScopes: [],
    exclusiveAudience: false,
  }

  it('can request tokens where the server has a client', async () => {
    const { server, calls } = serverWith({ token_endpoint: TOKEN_ENDPOINT }, { client })
    let answer: unknown
    await inspectServer(server, {
      ...look,
      inspect: async ({ requestToken }) => {
        answer = await requestToken?.({ grant_type: 'client_credentials' })
      },
    })
    expect(answer).toEqual({ status: 200, members: { access_token: 'a' } })
    expect(calls.at(-1)?.body).toBe(
      'grant_type=client_credentials&client_id=mcp&client_secret=s3cret',
    )
  })

  it('cannot request tokens where the server has no client', async () => {
    const { server } = serverWith({ token_endpoint: TOKEN_ENDPOINT })
    let seen: unknown = 'nothing'
    await inspectServer(server, {
      ...look,
      inspect(inspected) {
        seen = inspected
      },
    })
    expect(seen).toMatchObject({ issuer: ISSUER, requestToken: undefined })
  })
})
