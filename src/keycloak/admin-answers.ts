import { isObject } from '../json-object.ts'
import type { ClientRepresentation } from './realm-representation.ts'

/**
 * Calls Keycloak's Admin API as an administrator of the realm.
 *
 * @param path the path below `/admin/realms`, such as `/acme/users`
 * @returns the JSON of the answer; `undefined` if the answer has no body
 * @throws {Error} if the status is not 2xx
 */
export type AdminCall = (method: string, path: string, body?: unknown) => Promise<unknown>

/** An element of a list that Keycloak's Admin API has answered with. @internal */
export type Found<T> = T & { readonly id: string }

/** @internal */
export interface Named {
  readonly name: string
}

/**
 * Fetches a list of clients, client scopes, roles, users or components. What Keycloak has already is never replaced, so an
 * answer in another form must not count as an empty list.
 *
 * @param key the member that names an element
 * @throws {Error} if the answer is not such a list
 * @internal
 */
export async function adminList<T>(
  call: AdminCall,
  path: string,
  key: 'name' | 'clientId' | 'providerId' | 'username' = 'name',
): Promise<readonly Found<T>[]> {
  const list = await call('GET', path)
  const isElement = (one: unknown): boolean =>
    isObject(one) && typeof one[key] === 'string' && isPathSegment(one.id)
  if (Array.isArray(list) && list.every(isElement)) return list
  throw wrongAnswer(path, `a list of objects with "id" and "${key}"`)
}

/** Fetches clients. @throws {Error} as {@link adminList} does @internal */
export const adminClients = (call: AdminCall, path: string) =>
  adminList<ClientRepresentation>(call, path, 'clientId')

/** Fetches an object. @throws {Error} if the answer is none @internal */
export async function adminObject(
  call: AdminCall,
  path: string,
): Promise<Readonly<Record<string, unknown>>> {
  const answer = await call('GET', path)
  if (isObject(answer)) return answer
  throw wrongAnswer(path, 'an object')
}

/** The error of an answer in another form. It does not show the answer, which may hold secrets. @internal */
export function wrongAnswer(path: string, expected: string): Error {
  return new Error(
    `Keycloak answered GET /admin/realms${path} with something else than ${expected}`,
  )
}

/** Whether an id is one segment of a path. An id with `/` or `..` would change the path of the call. */
const isPathSegment = (id: unknown): boolean =>
  typeof id === 'string' && /^(?!\.{0,2}$)[^/\\?#%\s]+$/.test(id)
