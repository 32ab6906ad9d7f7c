import { createServer, type RequestListener } from 'node:http'
import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import { inject } from 'vitest'
import { adminOf } from '../../../scripts/keycloak/admin.ts'
import type { KeycloakRealm } from '../../../src/keycloak/index.ts'
import { type Loopback, listenOnLoopback } from '../../support/loopback.ts'
import { personToken, serviceToken } from './tokens.ts'

export type Running = Pick<Loopback, 'origin' | 'close'>

/** Serves an example on a free port. It is made when the port is known: its URL is its audience. */
export async function serve(
  make: (origin: string) => RequestListener | Promise<RequestListener>,
): Promise<Running> {
  const server = createServer()
  const running = await listenOnLoopback(server)
  server.on('request', await make(running.origin))
  return running
}

/** A realm of `npm run keycloak`, until the end of the tests that need it. */
export async function importRealm(realm: KeycloakRealm): Promise<() => Promise<void>> {
  const admin = adminOf(inject('keycloakUrl'), inject('administrator'))
  if (!(await admin.importRealm(withPasswordGrant(realm)))) {
    throw new Error(`Keycloak has a realm ${realm.realm} already`)
  }
  return async () => {
    await admin.call('DELETE', `/${realm.realm}`)
  }
}

/** The password grant stands in for the login form, at which alone consent can be given. */
function withPasswordGrant(realm: KeycloakRealm): KeycloakRealm {
  const policies = realm.clientPolicies.policies.filter(
    ({ name }) => name !== 'mcp: no password grant',
  )
  return {
    ...realm,
    clientPolicies: { policies },
    clients: realm.clients.map((client) =>
      client.clientId === 'mcp-client'
        ? { ...client, directAccessGrantsEnabled: true, consentRequired: false }
        : client,
    ),
  }
}

/** Uses an MCP server with a stock client that has a token. */
export async function asClient<T>(
  url: string,
  token: string,
  use: (client: Client) => Promise<T>,
): Promise<T> {
  const client = new Client({ name: 'test', version: '1.0.0' })
  const headers = { authorization: `Bearer ${token}` }
  await client.connect(
    new StreamableHTTPClientTransport(new URL(url), { requestInit: { headers } }),
  )
  try {
    return await use(client)
  } finally {
    await client.close()
  }
}

/** The first text of a tool's answer. */
export function textOf(answer: unknown): string | undefined {
  const { content = [] } = answer as { content?: { type: string; text?: string }[] }
  return content[0]?.text
}

/** A bare request of an MCP client. */
export const ask = (url: string, token?: string, method = 'tools/list'): Promise<Response> =>
  fetch(url, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    },
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method }),
  })

/** A demo user's access token; the passwords are the names. */
export async function tokenOf(
  realm: string,
  user: string,
  more: Record<string, string> = {},
): Promise<string> {
  const answer = await personToken('mcp-client', {
    realm,
    user,
    password: user,
    scope: 'mcp:tools',
    ...more,
  })
  return answer.access_token
}

export async function tokenOfService(
  realm: string,
  more: Record<string, string> = {},
): Promise<string> {
  const answer = await serviceToken('mcp-service', {
    realm,
    client_secret: 'service-secret',
    ...more,
  })
  return answer.access_token
}

/** What is undone at the end of a group, the last first. */
export type Undo = (() => Promise<void>)[]
export const undoAll = async (undo: Undo): Promise<void> => {
  for (const step of undo.reverse()) await step()
}
