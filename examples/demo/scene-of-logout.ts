import { setTimeout as delay } from 'node:timers/promises'
import { decodeJwt } from 'jose'
import { allowed, invalid, show } from './scenes.ts'
import type { Transcript } from './transcript.ts'
import type { World } from './world.ts'

const scope = 'mcp:tools'

/** A JWT is good until it expires. When the program revokes it, its stream ends, and the next request is refused. */
export async function logout(transcript: Transcript, world: World): Promise<void> {
  transcript.section('Logged out')
  const { authorizationServer, signed } = world
  const { resource } = signed
  const token = await authorizationServer.clientCredentialsToken({ resource, scope })
  const { jti } = decodeJwt(token)
  if (jti === undefined) throw new Error('The token has no jti.')
  await show(transcript, 'before the logout', resource, token, allowed)
  const headers = { accept: 'text/event-stream', authorization: `Bearer ${token}` }
  const stream = await fetch(resource, { headers })
  const ended = stream.text().then(() => stream.status === 200)

  transcript.step('the program calls resourceServer.revoke({ token: jti })')
  await signed.revoke({ token: jti })
  const late = delay(5000, false, { ref: false })
  transcript.expect('an open event stream of the JWT ends', await Promise.race([ended, late]))
  await show(transcript, 'after the logout', resource, token, invalid('token_revoked'))
  transcript.note('Its signature is still good, and the authorization server was not asked.')

  const newer = await authorizationServer.clientCredentialsToken({ resource, scope })
  await show(transcript, 'a new token after the logout', resource, newer, allowed)
}
