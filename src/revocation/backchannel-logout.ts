import type { Endpoint } from '../http/endpoint.ts'
import type { ResourceRequest } from '../http/resource-request.ts'
import { ownMember } from '../json-object.ts'
import { checkLogoutToken, type LogoutTokenRules } from './logout-token.ts'
import { mediaTypeOf, readReceivedBody } from './received-body.ts'
import { type ReceiverParts, receiver } from './receiver.ts'
import { RefusedMessage } from './signed-message.ts'

/** @internal */
export interface BackchannelLogoutParts
  extends LogoutTokenRules,
    Pick<ReceiverParts, 'path' | 'revocations' | 'replays'> {}

/** Makes the endpoint that receives logout tokens (OpenID Connect Back-Channel Logout 1.0 §2.5). @internal */
export function backchannelLogoutEndpoint(parts: BackchannelLogoutParts): Endpoint {
  const { path, revocations, replays } = parts
  return receiver({
    path,
    what: 'a logout token',
    source: 'logout_token',
    revocations,
    replays,
    read: async (request) => checkLogoutToken(await readParameter(request), parts),
  })
}

/** Reads the form parameter `logout_token`. Other parameters are ignored, as §2.5 requires. */
async function readParameter(request: ResourceRequest): Promise<string> {
  if (mediaTypeOf(request) !== 'application/x-www-form-urlencoded') {
    throw refused('the media type of the body is not application/x-www-form-urlencoded')
  }
  const body = await readReceivedBody(request)
  const found =
    typeof body === 'string'
      ? new URLSearchParams(body).getAll('logout_token')
      : [ownMember(body, 'logout_token')].flat()
  const [token, second] = found
  if (typeof token === 'string' && second === undefined) return token
  throw refused('the body does not have exactly one logout_token')
}

function refused(message: string): RefusedMessage {
  return new RefusedMessage('request', message)
}
