import type { Admin } from '../../../scripts/keycloak/admin.ts'
import { changeClient } from './changes.ts'

/** Takes a mistake back. */
export type Mend = () => Promise<unknown>

interface Named {
  readonly id: string
  readonly name: string
}

type Scope = Named & {
  readonly attributes: Readonly<Record<string, string>>
  readonly protocolMappers?: readonly (Named & { config: Readonly<Record<string, string>> })[]
}

/** Makes mistakes in a realm over the Admin API. Each method resolves with what mends the mistake. */
export class ChangedRealm {
  readonly #admin: Admin
  readonly #realm: string

  constructor(admin: Admin, realm: string) {
    this.#admin = admin
    this.#realm = realm
  }

  /** Changes members or attributes of a client. */
  async client(
    clientId: string,
    change: object,
    attributes: Readonly<Record<string, string>> = {},
  ): Promise<Mend> {
    const changed = (more: object, set: Readonly<Record<string, string>>) =>
      changeClient(this.#admin, this.#realm, clientId, (client) => ({
        ...more,
        attributes: { ...client.attributes, ...set },
      }))
    const mend = await changed(change, attributes)
    // Keycloak keeps an attribute that it is not sent. An empty one is taken away.
    const none = Object.fromEntries(Object.keys(attributes).map((name) => [name, '']))
    return async () => {
      await changed({}, none)
      await mend()
    }
  }

  /** Changes members or attributes of a client scope. */
  async scope(
    name: string,
    change: object,
    attributes: Readonly<Record<string, string>> = {},
  ): Promise<Mend> {
    const scope = await this.#scope(name)
    const put = (body: object) => this.#call('PUT', `/client-scopes/${scope.id}`, body)
    await put({ ...scope, ...change, attributes: { ...scope.attributes, ...attributes } })
    return () => put(scope)
  }

  /** Takes a default scope from a client. */
  async withoutScope(clientId: string, name: string): Promise<Mend> {
    const path = await this.#defaultScope(clientId, name)
    await this.#call('DELETE', path)
    return () => this.#call('PUT', path)
  }

  /** Gives a client a default scope. */
  async withScope(clientId: string, name: string): Promise<Mend> {
    const path = await this.#defaultScope(clientId, name)
    await this.#call('PUT', path)
    return () => this.#call('DELETE', path)
  }

  /** Changes the mapper of a scope; `undefined` deletes it. */
  async mapper(
    scopeName: string,
    mapperName: string,
    config: Readonly<Record<string, string>> | undefined,
  ): Promise<Mend> {
    const { id, protocolMappers = [] } = await this.#scope(scopeName)
    const mapper = protocolMappers.find(({ name }) => name === mapperName)
    if (mapper === undefined) throw new Error(`${scopeName} has no mapper ${mapperName}`)
    const models = `/client-scopes/${id}/protocol-mappers/models`
    if (config === undefined) {
      await this.#call('DELETE', `${models}/${mapper.id}`)
      return () => this.#call('POST', models, mapper)
    }
    const changed = { ...mapper, config: { ...mapper.config, ...config } }
    await this.#call('PUT', `${models}/${mapper.id}`, changed)
    return () => this.#call('PUT', `${models}/${mapper.id}`, mapper)
  }

  /** Changes members of the realm. */
  async realm(change: object): Promise<Mend> {
    const before = (await this.#call('GET', '')) as object
    await this.#call('PUT', '', { ...before, ...change })
    return () => this.#call('PUT', '', before)
  }

  /** Takes away a component, such as a registration policy. */
  async withoutComponent(name: string, subType: string): Promise<Mend> {
    const all = (await this.#call('GET', '/components')) as (Named & { subType?: string })[]
    const found = all.find((one) => one.name === name && one.subType === subType)
    if (found === undefined) throw new Error(`there is no component ${name}`)
    await this.#call('DELETE', `/components/${found.id}`)
    return () => this.#call('POST', '/components', found)
  }

  /** Changes a user. */
  async user(username: string, change: object): Promise<Mend> {
    const [user] = (await this.#call('GET', `/users?username=${username}&exact=true`)) as Named[]
    if (user === undefined) throw new Error(`there is no user ${username}`)
    await this.#call('PUT', `/users/${user.id}`, { ...user, ...change })
    return () => this.#call('PUT', `/users/${user.id}`, user)
  }

  /** Takes a realm role from a user. */
  async withoutRole(username: string, name: string): Promise<Mend> {
    const [user] = (await this.#call('GET', `/users?username=${username}&exact=true`)) as Named[]
    const path = `/users/${user?.id}/role-mappings/realm`
    const roles = [await this.#call('GET', `/roles/${name}`)]
    await this.#call('DELETE', path, roles)
    return () => this.#call('POST', path, roles)
  }

  /** Ends all sessions of a user. */
  async logout(username: string): Promise<Mend> {
    const [user] = (await this.#call('GET', `/users?username=${username}&exact=true`)) as Named[]
    await this.#call('POST', `/users/${user?.id}/logout`)
    return async () => {}
  }

  async #scope(name: string): Promise<Scope> {
    const all = (await this.#call('GET', '/client-scopes')) as Scope[]
    const scope = all.find((one) => one.name === name)
    if (scope === undefined) throw new Error(`there is no client scope ${name}`)
    return scope
  }

  async #defaultScope(clientId: string, name: string): Promise<string> {
    const { id } = await this.#scope(name)
    const query = `clientId=${encodeURIComponent(clientId)}`
    const [client] = (await this.#call('GET', `/clients?${query}`)) as Named[]
    return `/clients/${client?.id}/default-client-scopes/${id}`
  }

  #call(method: string, path: string, body?: unknown): Promise<unknown> {
    return this.#admin.call(method, `/${this.#realm}${path}`, body)
  }
}
