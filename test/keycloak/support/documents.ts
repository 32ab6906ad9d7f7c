import { randomUUID } from 'node:crypto'
import type { AttackedRealm } from './attacked-realm.ts'
import { asksForToken } from './attacks/attempts.ts'
import { serveDocuments } from './client-documents.ts'
import { REDIRECT_URL } from './mcp-client.ts'
import { MAJORS, visit } from './stock.ts'
import { alice, CALLED, called, outcomeOf, type Row } from './who-gets-what.ts'

// Clients whose id is the URL of their metadata document, in a realm that reads such documents.

/** Serves one document while `use` works with its client. */
async function withDocument<T>(
  metadata: object,
  use: (clientId: string) => Promise<T>,
): Promise<T> {
  const host = await serveDocuments(() => metadata)
  try {
    return await use(`${host.origin}/${randomUUID()}.json`)
  } finally {
    await host.close()
  }
}

const byDocument =
  (metadata: object, then: (realm: AttackedRealm, clientId: string) => Promise<string>) =>
  (realm: AttackedRealm): Promise<string> =>
    withDocument(metadata, (clientId) => then(realm, clientId))

/** The client is made by the first authorization request. */
const begun = ({ realm }: AttackedRealm, clientId: string): Promise<Response> =>
  fetch(
    `${realm.issuer}/protocol/openid-connect/auth?${new URLSearchParams({
      client_id: clientId,
      response_type: 'code',
      redirect_uri: REDIRECT_URL,
      scope: 'notes:read',
      code_challenge: 'a'.repeat(43),
      code_challenge_method: 'S256',
    })}`,
    { redirect: 'manual' },
  )

export const DOCUMENTS: readonly Row[] = [
  ...MAJORS.flatMap((major) =>
    (['notes', 'mail'] as const).map(
      (server): Row => ({
        about: 'honest',
        who: `stock client ${major} with a metadata document`,
        does: `is used for ${server}`,
        on: CALLED,
        run: byDocument({ scope: 'notes:read mail:read' }, async (realm, clientId) =>
          called(await visit(major, realm[server].url, alice(), { clientId })),
        ),
      }),
    ),
  ),
  {
    about: '1',
    who: 'client with a metadata document',
    does: 'wants a service account with a key of its own',
    on: 'Keycloak: 400, and no client is made',
    run: byDocument(
      {
        scope: 'notes:read',
        grant_types: ['authorization_code', 'client_credentials'],
        token_endpoint_auth_method: 'private_key_jwt',
        jwks: { keys: [{ kty: 'RSA', use: 'sig', alg: 'RS256', e: 'AQAB', n: 'u'.repeat(342) }] },
      },
      async (world, clientId) => {
        const { status } = await begun(world, clientId)
        const query = `clientId=${encodeURIComponent(clientId)}`
        const made = (await world.admin.call(
          'GET',
          `/${world.notesOptions.realm}/clients?${query}`,
        )) as unknown[]
        return `Keycloak: ${status}, and ${made.length === 0 ? 'no client is made' : 'MADE'}`
      },
    ),
  },
  {
    about: '1',
    who: 'client with a metadata document',
    does: 'wants a service account as a public client, and asks for a token',
    on: 'Keycloak: Public client not allowed to retrieve service account',
    run: byDocument(
      { scope: 'notes:read', grant_types: ['authorization_code', 'client_credentials'] },
      async (world, clientId) => {
        await begun(world, clientId)
        return asksForToken({ grant_type: 'client_credentials' })(world, clientId)
      },
    ),
  },
  {
    about: '2',
    who: 'client with a metadata document that names no scope',
    does: 'asks for the server’s scope',
    on: 'Keycloak: invalid_scope',
    run: byDocument({}, (realm, clientId) =>
      outcomeOf(
        visit('v1', realm.notes.url, alice(), { clientId }).then(({ outcome }) =>
          outcome.startsWith('called') ? outcome : Promise.reject(new Error(outcome)),
        ),
      ),
    ),
  },
]
