import type { Admin } from '../../../scripts/keycloak/admin.ts'

interface Representation {
  readonly id: string
  readonly attributes: Readonly<Record<string, string>>
}

/** Changes a client of a realm; resolves with what puts it back. */
export async function changeClient(
  admin: Admin,
  realm: string,
  clientId: string,
  change: (client: Representation) => object,
): Promise<() => Promise<void>> {
  const query = `clientId=${encodeURIComponent(clientId)}`
  const [client] = (await admin.call('GET', `/${realm}/clients?${query}`)) as Representation[]
  if (client === undefined) throw new Error(`${realm} has no client ${clientId}`)
  const put = (body: object) => admin.call('PUT', `/${realm}/clients/${client.id}`, body)
  await put({ ...client, ...change(client) })
  return async () => {
    await put(client)
  }
}
