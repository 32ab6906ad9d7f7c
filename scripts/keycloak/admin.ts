import {
  addToKeycloakRealm,
  type KeycloakRealm,
  type PartialKeycloakRealm,
} from '../../src/keycloak/index.ts'
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
  /** Adds to a realm; what is there already is left alone. @returns what was added */
  importPartially(realm: string, additions: PartialKeycloakRealm): Promise<readonly string[]>
}

/** Milliseconds; an administrator's token lasts for a minute. */
const TOKEN_KEPT = 30_000

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

  let kept: { readonly token: Promise<string>; readonly since: number } | undefined

  /** Keycloak hashes the password for each token, which takes longer than the call itself. */
  async function keptToken(): Promise<string> {
    if (kept === undefined || performance.now() - kept.since > TOKEN_KEPT) {
      kept = { token: token(), since: performance.now() }
    }
    try {
      return await kept.token
    } catch (error) {
      kept = undefined
      throw error
    }
  }

  async function send(method: string, path: string, body?: unknown): Promise<Response> {
    return fetch(`${url}/admin/realms${path}`, {
      method,
      headers: {
        authorization: `Bearer ${await keptToken()}`,
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
    importPartially: (realm, additions) => addToKeycloakRealm(call, realm, additions),
  }
}
