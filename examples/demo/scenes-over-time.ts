import { setTimeout as delay } from 'node:timers/promises'
import { askToAdd } from './http.ts'
import { allowed, invalid, show } from './scenes.ts'
import type { Transcript } from './transcript.ts'
import type { World } from './world.ts'

const scope = 'mcp:tools'

/** A revoked token is refused at once if the authorization server is asked every time. */
export async function revocation(transcript: Transcript, world: World): Promise<void> {
  transcript.section('Revoked')
  const modes = {
    introspection: world.introspectedAlways.resource,
    hybrid: world.hybrid.resource,
  }
  for (const [mode, resource] of Object.entries(modes)) {
    const token = await world.authorizationServer.clientCredentialsToken({ resource, scope })
    await show(transcript, `${mode}: before revocation`, resource, token, allowed)
    await world.authorizationServer.revoke(token)
    await show(transcript, `${mode}: after revocation`, resource, token, invalid('token_inactive'))
  }
}

/** In an outage of the authorization server known tokens still work, and unknown opaque tokens get a 503. */
export async function outage(transcript: Transcript, world: World): Promise<void> {
  transcript.section('The authorization server is down')
  const { authorizationServer, introspected, signed } = world
  const opaque = { resource: introspected.resource, scope }
  const warm = await authorizationServer.clientCredentialsToken(opaque)
  const cold = await authorizationServer.clientCredentialsToken(opaque)
  const coldJwt = await authorizationServer.clientCredentialsToken({
    resource: signed.resource,
    scope,
  })
  await show(transcript, 'before the outage', introspected.resource, warm, allowed)

  await authorizationServer.stop()
  transcript.note('(the authorization server stops)')
  await show(transcript, 'warm: the same token again', introspected.resource, warm, allowed)
  await show(transcript, 'warm: a new JWT, known keys', signed.resource, coldJwt, allowed)
  const { retryAfter } = await show(
    transcript,
    'cold: an opaque token never seen before',
    introspected.resource,
    cold,
    { status: 503, reason: 'introspection_unavailable' },
  )

  await authorizationServer.start()
  transcript.note(
    `(the authorization server is back; the client waits ${retryAfter} s, as Retry-After says)`,
  )
  await delay(Number(retryAfter ?? 0) * 1000)
  await show(transcript, 'after the outage', introspected.resource, cold, allowed)
}

/** New keys refuse nobody while old and new keys are both published. */
export async function rotation(transcript: Transcript, world: World): Promise<void> {
  transcript.section('Keys rotated')
  const { authorizationServer, signed } = world
  const { resource } = signed
  const older = await authorizationServer.clientCredentialsToken({ resource, scope })
  await show(transcript, 'a token of the old key, before', resource, older, allowed)

  await authorizationServer.rotateKeys({ keepOld: true })
  transcript.note('(a new key signs; both are published)')
  const newer = await authorizationServer.clientCredentialsToken({ resource, scope })
  await show(transcript, 'a token of the new key', resource, newer, allowed)
  await show(transcript, 'a token of the old key, after', resource, older, allowed)

  const tokens = Array.from({ length: 40 }, (_, index) => (index % 2 === 0 ? older : newer))
  const answers = await Promise.all(tokens.map((token) => askToAdd(resource, token)))
  transcript.step('forty more requests at once, half with each token')
  transcript.expect(
    'nothing is refused',
    answers.every(({ status }) => status === 200),
  )
}
