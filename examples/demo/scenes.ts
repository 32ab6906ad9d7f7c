import { setTimeout as delay } from 'node:timers/promises'
import { askToAdd, type Credentials, credentialsOf } from './http.ts'
import { operatorsView } from './operator.ts'
import { shortened } from './readable.ts'
import type { Answer, Transcript } from './transcript.ts'
import { anotherResource, type World } from './world.ts'

const scope = 'mcp:tools'

export interface Expected {
  readonly status: number
  /** The `error` of the challenge; default none. */
  readonly error?: string
  /** The reason in the operator's event; default none. */
  readonly reason?: string
}

export const allowed: Expected = { status: 200 }

export function invalid(reason: string): Expected {
  return { status: 401, error: 'invalid_token', reason }
}

/** Sends one request, shows it and its answer, and compares the answer with the expected one. */
export async function show(
  transcript: Transcript,
  title: string,
  resource: string,
  sent: Credentials | string | undefined,
  expected: Expected,
): Promise<Answer> {
  transcript.step(title)
  transcript.request(`POST ${resource}`)
  const { scheme, token, proof } = credentialsOf(sent) ?? {}
  if (token !== undefined) transcript.request(`Authorization: ${scheme} ${shortened(token)}`)
  if (proof !== undefined) transcript.request(`DPoP: ${shortened(proof)}`)
  const answer = await askToAdd(resource, sent)
  transcript.answer(answer)
  const event = operatorsView(answer.body)
  if (event !== undefined) transcript.note(`The operator sees: ${event.reason}: ${event.detail}`)

  const error = /\berror="([^"]*)"/.exec(answer.challenge ?? '')?.[1]
  const needsChallenge = expected.status >= 400 && expected.status < 500
  const needsDelay = expected.status === 503
  transcript.expect(
    `${title}: ${[expected.status, expected.error ?? ''].join(' ').trim()}`,
    answer.status === expected.status &&
      error === expected.error &&
      event?.reason === expected.reason &&
      (answer.challenge !== undefined) === needsChallenge &&
      (answer.retryAfter !== undefined) === needsDelay &&
      (expected.status !== 200 || answer.body.includes('"result":5')),
  )
  return answer
}

/** The answers to callers whose tokens are not accepted. */
export async function refusals(transcript: Transcript, world: World): Promise<void> {
  const { authorizationServer, anotherIssuer, signed } = world
  const { resource } = signed
  const shortLived = await authorizationServer.clientCredentialsToken({ resource, scope, ttl: 1 })
  const expiry = Date.now() + 1000

  transcript.section('Refused: the caller’s fault')
  await show(transcript, 'no token', resource, undefined, {
    status: 401,
    reason: 'credentials_missing',
  })
  await show(transcript, 'garbage', resource, 'garbage', invalid('token_opaque'))

  const elsewhere = await authorizationServer.clientCredentialsToken({
    resource: anotherResource,
    scope,
  })
  await show(
    transcript,
    'a token for another audience',
    resource,
    elsewhere,
    invalid('audience_mismatch'),
  )

  const foreign = await anotherIssuer.clientCredentialsToken({ resource, scope })
  await show(transcript, 'a token of another issuer', resource, foreign, invalid('issuer_unknown'))

  const narrow = await authorizationServer.clientCredentialsToken({ resource, scope: 'mcp:admin' })
  await show(transcript, 'a token without the scope', resource, narrow, {
    status: 403,
    error: 'insufficient_scope',
    reason: 'scope_missing',
  })

  const clockTolerance = 5000
  await delay(Math.max(0, expiry + clockTolerance + 1000 - Date.now()))
  await show(transcript, 'an expired token', resource, shortLived, invalid('token_expired'))
  transcript.note('It was valid for one second. The server allows a clock difference of five more.')
}
