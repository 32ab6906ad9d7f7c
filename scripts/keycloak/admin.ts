import type { KeycloakRealm, PartialKeycloakRealm } from '../../src/keycloak/index.ts'
import type { Administrator } from './server.ts'

/** What is needed of the Admin REST API. */
export interface Admin {
  /** A fresh access token of the administrator; they last for a minute. */
  token(): Promise<string>
  /**
   * Calls the Admin API.
   *
   * @param path below `/admin/realms`, such as `/acme/users`
   * @returns the answer's JSON, or `undefined` where it has none
   * @throws {Error} with the status and what Keycloak said
   */
  call(method: string, path: string, body?: unknown): Promise<unknown>
  /** @returns `false` when a realm of this name is there already; it is left alone then */
  importRealm(realm: KeycloakRealm): Promise<boolean>
  /** Adds to a realm; what is there already is left alone. */
  importPartially(realm: string, additions: PartialKeycloakRealm): Promise<void>
}

/** The Admin API of the Keycloak at an address. */
export function adminOf(url: string, { username, password }: Administrator): Admin {
  async function token(): Promise<string> {
    const answer = await fetch(`${url}/realms/master/protocol/openid-connect/token`, {
      method: 'POST',
      body: new URLSearchParams({
        grant_type: 'password',
        client_id: 'admin-cli',
        username,
        password,
      }),
    })
    const { access_token: accessToken } = (await answer.json()) as { access_token?: string }
    if (answer.status === 200 && accessToken !== undefined) return accessToken
    throw new Error(
      `${url} does not know the administrator "${username}" with this password (HTTP ${answer.status}).`,
    )
  }

  async function send(method: string, path: string, body?: unknown): Promise<Response> {
    return fetch(`${url}/admin/realms${path}`, {
      method,
      headers: {
        authorization: `Bearer ${await token()}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
  }

  async function call(method: string, path: string, body?: unknown): Promise<unknown> {
    const answer = await send(method, path, body)
    const text = await answer.text()
    if (!answer.ok) throw new Error(`${method} ${path}: HTTP ${answer.status} ${text}`)
    return text === '' ? undefined : JSON.parse(text)
  }

  return {
    token,
    call,
    importRealm: async (realm) => {
      if ((await send('GET', `/${realm.realm}`)).status === 200) return false
      await call('POST', '', realm)
      return true
    },
    importPartially: (realm, additions) => addTo(call, realm, additions),
  }
}

type Call = Admin['call']
type Named = { readonly id: string; readonly name: string }

/** Partial import knows no client scopes, and clients lose those that are not there: so scopes first. */
async function addTo(call: Call, realm: string, additions: PartialKeycloakRealm): Promise<void> {
  const before = (await call('GET', `/${realm}/client-scopes`)) as Named[]
  const fresh = additions.clientScopes.filter(
    ({ name }) => !before.some((scope) => scope.name === name),
  )
  for (const scope of fresh) await call('POST', `/${realm}/client-scopes`, scope)
  const scopes = (await call('GET', `/${realm}/client-scopes`)) as Named[]
  const idOf = (name: string): string => {
    const id = scopes.find((scope) => scope.name === name)?.id
    if (id === undefined) throw new Error(`${realm} has no client scope ${name}`)
    return id
  }
  for (const kind of ['Default', 'Optional'] as const) {
    for (const name of additions[`default${kind}ClientScopes`]) {
      if (!fresh.some((scope) => scope.name === name)) continue
      await call('PUT', `/${realm}/default-${kind.toLowerCase()}-client-scopes/${idOf(name)}`)
    }
  }
  // It refuses members that it does not know in some versions, and passes over them in others.
  const { ifResourceExists, roles, clients, users } = additions
  await call('POST', `/${realm}/partialImport`, { ifResourceExists, roles, clients, users })
  for (const { clientScope = '', roles: names } of additions.scopeMappings) {
    const all = (await call('GET', `/${realm}/roles`)) as Named[]
    const mapped = all.filter(({ name }) => names.includes(name))
    await call('POST', `/${realm}/client-scopes/${idOf(clientScope)}/scope-mappings/realm`, mapped)
  }
  for (const [clientId, mappings] of Object.entries(additions.clientScopeMappings)) {
    const query = `clientId=${encodeURIComponent(clientId)}`
    const [client] = (await call('GET', `/${realm}/clients?${query}`)) as Named[]
    const all = (await call('GET', `/${realm}/clients/${client?.id}/roles`)) as Named[]
    for (const { clientScope = '', roles: names } of mappings) {
      await call(
        'POST',
        `/${realm}/client-scopes/${idOf(clientScope)}/scope-mappings/clients/${client?.id}`,
        all.filter(({ name }) => names.includes(name)),
      )
    }
  }
}
