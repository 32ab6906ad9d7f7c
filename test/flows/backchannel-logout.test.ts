import { createHash } from 'node:crypto'
import {
  createServer,
  type IncomingMessage,
  type RequestListener,
  type ServerResponse,
} from 'node:http'
import { decodeJwt } from 'jose'
import { createResourceServer } from 'mcp-resource-server'
import { nodeGate } from 'mcp-resource-server/node'
import Provider, { type Configuration } from 'oidc-provider'
import { describe, expect, it } from 'vitest'
import { approveEverything, demoUser } from '../../examples/demo/authorization-server/approval.ts'
import { generateSigningKey } from '../../examples/demo/authorization-server/signing-keys.ts'
import { eventually } from '../support/decisions.ts'
import { listenOnLoopback } from '../support/loopback.ts'
import { PATIENT_HTTP } from '../support/patient-http.ts'
import { undoAfterAll } from '../support/undo.ts'

// A real logout at oidc-provider, over real sockets. Nothing here makes a logout token by hand.

const stop = undoAfterAll()
const CLIENT = 'mcp-client'
const REDIRECT = 'http://127.0.0.1/callback'
const VERIFIER = 'v'.repeat(43)

/** A port of loopback, and whatever answers there later. */
async function port() {
  let handle: RequestListener = () => {}
  const server = createServer((request, response) => void handle(request, response))
  const listening = await listenOnLoopback(server)
  stop.push(async () => void (await listening.close()))
  const origin = `http://127.0.0.1:${listening.port}`
  return {
    origin,
    answers(next: RequestListener) {
      handle = next
    },
  }
}

async function startProvider(resource: string, sessionRequired: boolean) {
  const { origin: issuer, answers } = await port()
  const key = await generateSigningKey('ES256')
  const configuration: Configuration = {
    jwks: { keys: [key] as NonNullable<Configuration['jwks']>['keys'] },
    cookies: { keys: ['only-for-this-test'] },
    clientDefaults: { id_token_signed_response_alg: 'ES256' },
    clients: [
      {
        client_id: CLIENT,
        application_type: 'native',
        token_endpoint_auth_method: 'none',
        grant_types: ['authorization_code'],
        response_types: ['code'],
        redirect_uris: [REDIRECT],
        backchannel_logout_uri: `${resource}/backchannel-logout`,
        backchannel_logout_session_required: sessionRequired,
      },
    ],
    scopes: ['openid', 'mcp:tools'],
    pkce: { required: () => true },
    features: {
      devInteractions: { enabled: false },
      backchannelLogout: { enabled: true },
      rpInitiatedLogout: { enabled: true },
      resourceIndicators: {
        enabled: true,
        getResourceServerInfo: () => ({
          scope: 'mcp:tools',
          audience: resource,
          accessTokenFormat: 'jwt',
        }),
      },
    },
    // Its own `fetch` refuses loopback addresses.
    fetch: (url, options) => {
      const { dispatcher: _none, ...others } = options as RequestInit & { dispatcher?: unknown }
      return globalThis.fetch(url, others)
    },
    extraTokenClaims: (_ctx, token) => ({ sid: (token as { sid?: string }).sid }),
    findAccount: (_ctx, id) => ({ accountId: id, claims: () => ({ sub: id }) }),
    interactions: { url: (_ctx, interaction) => `/interaction/${interaction.uid}` },
    ttl: { Session: 600, Grant: 600, Interaction: 600, AccessToken: 600, AuthorizationCode: 60 },
  }
  const provider = new Provider(issuer, configuration)
  approveEverything(provider)
  const outcomes: string[] = []
  provider.on('backchannel.success', () => void outcomes.push('success'))
  provider.on('backchannel.error', (_ctx, error) => void outcomes.push(error.message))
  answers(provider.callback())
  return { issuer, outcomes }
}

/** A browser of the user at the authorization server: it keeps cookies, and follows redirects there. */
class Browser {
  readonly #issuer: string
  readonly #cookies = new Map<string, string>()

  constructor(issuer: string) {
    this.#issuer = issuer
  }

  async login(resource: string): Promise<string> {
    const challenge = createHash('sha256').update(VERIFIER).digest('base64url')
    const query = new URLSearchParams({
      client_id: CLIENT,
      response_type: 'code',
      redirect_uri: REDIRECT,
      scope: 'openid mcp:tools',
      resource,
      code_challenge: challenge,
      code_challenge_method: 'S256',
    })
    let at = `${this.#issuer}/auth?${query}`
    while (!at.startsWith(REDIRECT)) {
      const { headers } = await this.#ask(at)
      at = new URL(headers.get('location') ?? 'about:blank', at).href
    }
    const answer = await fetch(`${this.#issuer}/token`, {
      method: 'POST',
      body: new URLSearchParams({
        grant_type: 'authorization_code',
        client_id: CLIENT,
        code: new URL(at).searchParams.get('code') ?? '',
        redirect_uri: REDIRECT,
        code_verifier: VERIFIER,
        resource,
      }),
    })
    return ((await answer.json()) as { access_token: string }).access_token
  }

  async logout(): Promise<void> {
    const page = await (await this.#ask(`${this.#issuer}/session/end`)).text()
    const xsrf = /name="xsrf" value="([^"]+)"/.exec(page)?.[1] ?? ''
    await this.#ask(`${this.#issuer}/session/end/confirm`, { xsrf, logout: 'yes' })
  }

  async #ask(url: string, form?: Record<string, string>): Promise<Response> {
    const cookie = [...this.#cookies].map(([name, value]) => `${name}=${value}`).join('; ')
    const response = await fetch(url, {
      redirect: 'manual',
      headers: { cookie },
      ...(form === undefined ? {} : { method: 'POST', body: new URLSearchParams(form) }),
    })
    for (const line of response.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? []
      this.#cookies.set(name, value)
    }
    return response
  }
}

async function scene(sessionRequired: boolean) {
  const { origin, answers } = await port()
  const resource = `${origin}/mcp`
  const { issuer, outcomes } = await startProvider(resource, sessionRequired)
  const resourceServer = createResourceServer({
    resource,
    authorizationServer: { issuer, backchannelLogout: { clientIds: CLIENT } },
    requiredScopes: ['mcp:tools'],
    http: PATIENT_HTTP,
  })
  stop.push(() => resourceServer.close())
  await resourceServer.ready()
  answers(
    nodeGate<IncomingMessage, ServerResponse>(
      resourceServer,
      (_request, response) => void response.end('fine'),
    ),
  )
  const call = async (token: string): Promise<number> => {
    const { status } = await fetch(resource, { headers: { authorization: `Bearer ${token}` } })
    return status
  }
  return { resource, issuer, outcomes, call }
}

describe('BCL-1 BCL-3: a user logs out at oidc-provider', () => {
  it('the session that ends is refused at once, other sessions go on, and a new login works', async () => {
    const { resource, issuer, outcomes, call } = await scene(true)
    const [first, second] = [new Browser(issuer), new Browser(issuer)]
    const [token, other] = [await first.login(resource), await second.login(resource)]
    expect(decodeJwt(token)).toMatchObject({ sub: demoUser, sid: expect.any(String) })
    expect(decodeJwt(other).sid).not.toBe(decodeJwt(token).sid)
    expect([await call(token), await call(other)]).toEqual([200, 200])

    await first.logout()

    expect(outcomes).toEqual(['success'])
    expect([await call(token), await call(other)]).toEqual([401, 200])
    expect(await call(await first.login(resource))).toBe(200)
  })

  it('without sid, every session of the user is refused, and a login in a later second works', async () => {
    const { resource, issuer, outcomes, call } = await scene(false)
    const [first, second] = [new Browser(issuer), new Browser(issuer)]
    const [token, other] = [await first.login(resource), await second.login(resource)]
    expect([await call(token), await call(other)]).toEqual([200, 200])

    await first.logout()

    expect(outcomes).toEqual(['success'])
    expect([await call(token), await call(other)]).toEqual([401, 401])
    await eventually(async () => expect(await call(await first.login(resource))).toBe(200))
  })
})
