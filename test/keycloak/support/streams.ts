import { SERVER_SECRET } from './realms.ts'
import { realmUrl, requestToken } from './tokens.ts'

/** A stream of security events, managed as an operator does it with curl. */
export interface StreamOfClient {
  /** Tells Keycloak to pause, to disable or to enable the stream. */
  setStatus(status: 'enabled' | 'paused' | 'disabled'): Promise<void>
  status(): Promise<string>
  /** Deletes the stream. */
  remove(): Promise<void>
}

/** Calls an endpoint of Keycloak's transmitter as the server's client. */
async function call(
  realm: string,
  clientId: string,
  method: string,
  path: string,
  body?: unknown,
): Promise<Record<string, unknown>> {
  const { access_token } = await requestToken(realm, {
    grant_type: 'client_credentials',
    client_id: clientId,
    client_secret: SERVER_SECRET,
    scope: 'ssf.manage ssf.read',
  })
  const answer = await fetch(`${realmUrl(realm)}/ssf/transmitter/streams${path}`, {
    method,
    headers: { authorization: `Bearer ${access_token}`, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  const text = await answer.text()
  if (!answer.ok) throw new Error(`HTTP ${answer.status} ${text}`)
  return text === '' ? {} : [JSON.parse(text)].flat()[0]
}

/** The stream of the server's client, whoever made it. */
export async function streamOf(realm: string, clientId: string): Promise<StreamOfClient> {
  const { stream_id } = await call(realm, clientId, 'GET', '')
  return {
    setStatus: async (status) => {
      await call(realm, clientId, 'POST', '/status', { stream_id, status, reason: 'of a test' })
    },
    remove: async () => {
      await call(realm, clientId, 'DELETE', `?stream_id=${stream_id}`)
    },
    status: async () =>
      String((await call(realm, clientId, 'GET', `/status?stream_id=${stream_id}`)).status),
  }
}
