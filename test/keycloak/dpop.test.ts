import type { RequestListener } from 'node:http'
import {
  Client,
  DpopSession,
  StreamableHTTPClientTransport as Transport,
  UnauthorizedError,
} from '@modelcontextprotocol/client'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import {
  createResourceServer,
  createTokenExchanger,
  type ResourceServerOptions,
} from '../../src/index.ts'
import {
  type KeycloakOptions,
  keycloak,
  keycloakProfile,
  keycloakRealm,
} from '../../src/keycloak/index.ts'
import { DECISION_CHANNEL, type DecisionEvent } from '../../src/telemetry/events.ts'
import { collectEvents } from '../support/events.ts'
import { attempts, curl, proofOf, wiretap } from '../support/thief.ts'
import { importRealm, serve, type Undo, undoAll } from './support/examples.ts'
import { type ClientChoices, connect, RememberingProvider } from './support/mcp-client.ts'
import { mcpApp, OPERATIONS } from './support/mcp-server.ts'
import { Person } from './support/person.ts'
import { MODES, type Mode } from './support/resource-servers.ts'
import { decoded, realmUrl } from './support/tokens.ts'

// The stock client with a DPoP key, Keycloak's own pages and tokens, and one URL with several gates.

const REALM = 'dpop'
const SECRET = 'secret-of-the-server'
const PASSWORD = 'password-of-alice'
const undo: Undo = []
const events = collectEvents<DecisionEvent>(DECISION_CHANNEL)

/** The gates at the one URL: a client may use its token at each of them. */
const GATES = [...MODES, 'required'] as const
const apps = new Map<string, RequestListener>()
let gate: (typeof GATES)[number] = 'jwt'
let url: string

beforeAll(async () => {
  const server = await serve(() => (request, response) => apps.get(gate)?.(request, response))
  undo.push(() => server.close())
  url = `${server.origin}/mcp`
  const trusting: Readonly<Record<Mode, KeycloakOptions>> = {
    jwt: {},
    introspection: { clientId: url, clientSecret: SECRET, verification: 'introspection' },
    hybrid: { clientId: url, clientSecret: SECRET, confirm: 'always' },
  }
  const add = (name: string, trusted: KeycloakOptions, dpop: ResourceServerOptions['dpop']) => {
    const resourceServer = createResourceServer({
      resource: url,
      authorizationServer: keycloak(realmUrl(REALM), trusted),
      requiredScopes: ['mcp:tools'],
      policy: OPERATIONS,
      ...(dpop === undefined ? {} : { dpop }),
    })
    undo.push(() => resourceServer.close())
    apps.set(name, mcpApp(resourceServer))
  }
  for (const mode of MODES) add(mode, trusting[mode], { nonce: 'required' })
  add('required', trusting.jwt, 'required')
  undo.push(
    await importRealm(
      keycloakRealm({
        realm: REALM,
        resource: url,
        scopes: ['mcp:tools'],
        optionalScopes: ['mcp:write'],
        server: { secret: SECRET },
        downstream: { audience: 'backend-api', secret: 'of-the-backend', scope: 'backend:read' },
        clients: [
          { clientId: 'desktop', redirectUris: ['http://127.0.0.1/callback'] },
          {
            clientId: 'bound-desktop',
            redirectUris: ['http://127.0.0.1/callback'],
            tokens: { dpopBound: true },
          },
        ],
        users: [{ username: 'alice', password: PASSWORD }],
        registration: { trustedHosts: ['127.0.0.1', 'localhost'] },
      }),
    ),
  )
})
afterAll(() => undoAll(undo))
beforeEach(() => {
  gate = 'jwt'
})

/** The one addition that an application makes for DPoP. */
class DpopProvider extends RememberingProvider {
  readonly dpop: () => DpopSession

  constructor(session: DpopSession, choices: ClientChoices) {
    super(new Person('alice', PASSWORD), choices)
    this.dpop = () => session
  }
}

async function arrive(choices: ClientChoices = { clientId: 'desktop' }) {
  const session = await DpopSession.create()
  const provider = new DpopProvider(session, choices)
  const { fetch, seen } = wiretap()
  const client = new Client({ name: 'stock', version: '1.0.0' })
  let transport: Transport
  const open = () => {
    transport = new Transport(new URL(url), { authProvider: provider, fetch })
    return client.connect(transport)
  }
  const retrying = async <T>(work: () => Promise<T>): Promise<T> => {
    try {
      return await work()
    } catch (error) {
      if (!(error instanceof UnauthorizedError)) throw error
      await transport.finishAuth(provider.authorizationCode(), provider.issuer())
      return work()
    }
  }
  await retrying(open)
  undo.push(() => client.close())
  return {
    provider,
    session,
    retrying,
    call: async (name = 'read_notes') =>
      (await client.callTool({ name, arguments: {} })).structuredContent,
    calls: () => seen.filter(({ body }) => body?.includes('"tools/call"')),
    token: () => provider.tokens()?.access_token ?? '',
  }
}

const lastOf = <T>(list: readonly T[]): T => list.at(-1) as T

async function introspect(token: string): Promise<Record<string, unknown>> {
  const answer = await fetch(`${realmUrl(REALM)}/protocol/openid-connect/token/introspect`, {
    method: 'POST',
    headers: { authorization: `Basic ${btoa(`${encodeURIComponent(url)}:${SECRET}`)}` },
    body: new URLSearchParams({ token }),
  })
  return (await answer.json()) as Record<string, unknown>
}

describe('a client that proves possession of its key', () => {
  it.each([
    ['that registers itself', {}],
    ['that Keycloak knows', { clientId: 'desktop' }],
    ['that Keycloak gives no other tokens', { clientId: 'bound-desktop' }],
  ])('MCP-28 RFC9449-1: %s is led from 401 to a call, in every mode', async (_who, choices) => {
    const { provider, session, call, calls, token } = await arrive(choices)
    const { client_id } = provider.clientInformation() ?? {}
    for (const mode of MODES) {
      gate = mode
      expect(await call()).toMatchObject({ clientId: client_id })
      expect(proofOf(lastOf(calls())).nonce).toEqual(expect.any(String))
    }
    expect(provider.tokens()?.token_type).toBe('DPoP')
    const bound = {
      typ: 'DPoP',
      cnf: { jkt: session.thumbprint, 'kc-jkt-type': 'DPoP' },
    }
    expect(decoded(token()).claims).toMatchObject(bound)
    const answer = await introspect(token())
    expect(answer).toMatchObject({ active: true, token_type: 'DPoP', cnf: bound.cnf })
  })

  it('RFC9449-1: steps up, and refreshes with the same key', async () => {
    const { provider, session, retrying, call, token } = await arrive()
    await retrying(() => call('write_note'))
    expect(provider.requests).toHaveLength(2)
    const before = token()
    const { refresh_token = '', token_type = '' } = provider.tokens() ?? {}
    provider.saveTokens({ access_token: 'no-longer-good', token_type, refresh_token })
    expect(await call('write_note')).toMatchObject({ clientId: 'desktop' })
    expect(provider.requests).toHaveLength(2)
    expect(token()).not.toBe(before)
    expect(decoded(token()).claims.cnf).toMatchObject({ jkt: session.thumbprint })
  })

  it('RFC9449-1: Keycloak does not refresh without the key', async () => {
    const { provider } = await arrive()
    const answer = await fetch(`${realmUrl(REALM)}/protocol/openid-connect/token`, {
      method: 'POST',
      body: new URLSearchParams({
        grant_type: 'refresh_token',
        client_id: 'desktop',
        refresh_token: provider.tokens()?.refresh_token ?? '',
      }),
    })
    expect(answer.status).toBe(400)
    expect(await answer.json()).toEqual({
      error: 'invalid_grant',
      error_description: 'DPoP proof is missing',
    })
  })
})

describe('a stolen token', () => {
  it.each(GATES)('RFC9449-2 RFC9449-6: is worth nothing to curl: %s', async (name) => {
    gate = name
    const { call, calls } = await arrive()
    await call()
    const stolen = lastOf(calls())
    const results: Record<string, string> = {}
    for (const [how, credentials] of Object.entries(await attempts(stolen))) {
      const { status, correlationId } = await curl(stolen, credentials)
      const event = events.find((one) => one.correlationId === correlationId)
      results[how] = `${status} ${event?.reason}`
    }
    expect(results).toEqual({
      'as Bearer': name === 'required' ? '401 dpop_required' : '401 sender_constraint_unmet',
      'without a proof': '401 dpop_proof_missing',
      'with the stolen proof': '401 dpop_proof_replayed',
      'with a proof of another key': '401 dpop_key_mismatch',
    })
    expect(await call()).toMatchObject({ clientId: 'desktop' })
  })
})

describe('token exchange', () => {
  it('S2: Keycloak exchanges no bound token for another client, whatever proof it is shown', async () => {
    const { token, session } = await arrive()
    const exchanger = createTokenExchanger({
      issuer: realmUrl(REALM),
      profile: keycloakProfile,
      clientId: url,
      clientSecret: SECRET,
    })
    undo.push(() => exchanger.close())
    const subject = { token: token(), expiresAt: Number(decoded(token()).claims.exp) }
    const target = { audience: 'backend-api', scopes: ['backend:read'] }
    await expect(exchanger.exchange(subject, target)).rejects.toMatchObject({
      reason: 'exchange_not_permitted',
    })

    const endpoint = `${realmUrl(REALM)}/protocol/openid-connect/token`
    for (const key of [session, await DpopSession.create()]) {
      const answer = await fetch(endpoint, {
        method: 'POST',
        headers: {
          authorization: `Basic ${btoa(`${encodeURIComponent(url)}:${SECRET}`)}`,
          dpop: await key.buildProof({ htm: 'POST', htu: endpoint }),
        },
        body: new URLSearchParams({
          grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
          subject_token: token(),
          subject_token_type: 'urn:ietf:params:oauth:token-type:access_token',
          audience: target.audience,
          scope: 'backend:read',
        }),
      })
      expect(await answer.json()).toEqual({
        error: 'invalid_request',
        error_description:
          'Sender-constrained token exchange rejected as the token was not issued for the requesting client',
      })
    }
  })
})

describe('a client without a key, in the same realm', () => {
  async function arriveAsBearer(clientId = 'desktop') {
    const provider = new RememberingProvider(new Person('alice', PASSWORD), { clientId })
    const connection = await connect(url, provider, () => provider.authorizationCode())
    undo.push(() => connection.client.close())
    return connection
  }

  it.each(MODES)('RFC9449-2: calls with a bearer token as before: %s', async (mode) => {
    gate = mode
    const { client } = await arriveAsBearer()
    const { structuredContent } = await client.callTool({ name: 'read_notes' })
    expect(structuredContent).toMatchObject({ clientId: 'desktop' })
  })

  it('MCP-28: gets a clear 401 where DPoP is required', async () => {
    gate = 'required'
    await expect(arriveAsBearer()).rejects.toThrow('401')
    expect(lastOf(events)).toMatchObject({ reason: 'dpop_required' })
  })

  it('MCP-28: gets no token where Keycloak binds every token of the client', async () => {
    await expect(arriveAsBearer('bound-desktop')).rejects.toThrow('DPoP proof is missing')
  })
})
