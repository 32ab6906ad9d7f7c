import { DpopSession } from '@modelcontextprotocol/client'
import { connectWithKey } from './client-with-key.ts'
import type { Credentials } from './http.ts'
import { allowed, type Expected, invalid, show } from './scenes.ts'
import type { Transcript } from './transcript.ts'
import type { World } from './world.ts'

/** A stolen bearer token works for the thief. A token that is bound to a key does not (RFC 9449). */
export async function theft(transcript: Transcript, world: World): Promise<void> {
  transcript.section('Stolen')
  const { resource } = world.signed
  const bearer = await world.authorizationServer.clientCredentialsToken({
    resource,
    scope: 'mcp:tools',
  })
  await show(transcript, 'a stolen bearer token', resource, bearer, allowed)
  transcript.note('Whoever has a bearer token can use it, until it expires or is revoked.')

  const { token, proof } = await overhear(transcript, resource)
  const steal = (how: string, credentials: Credentials, expected: Expected) =>
    show(transcript, `the thief: ${how}`, resource, credentials, expected)
  const withoutKey = invalid('sender_constraint_unmet')
  await steal('as a bearer token', { scheme: 'Bearer', token }, withoutKey)
  await steal('without a proof', { scheme: 'DPoP', token }, badProof('dpop_proof_missing'))
  const again = badProof('dpop_proof_replayed')
  await steal('the client’s own proof again', { scheme: 'DPoP', token, proof }, again)
  const own = { scheme: 'DPoP', token, proof: await proofOfThief(resource, token) } as const
  await steal('a proof of the thief’s own key', own, invalid('dpop_key_mismatch'))
}

/** Lets a client with a key call a tool, and returns what a thief sees who reads its request. */
async function overhear(
  transcript: Transcript,
  resource: string,
): Promise<{ readonly token: string; readonly proof: string }> {
  transcript.step('a client of the MCP SDK v2 with a DPoP key calls a tool')
  let token = ''
  let proof = ''
  const client = await connectWithKey(resource, (url, init) => {
    const headers = new Headers(init?.headers)
    const [scheme, value = ''] = headers.get('authorization')?.split(' ') ?? []
    if (scheme === 'DPoP' && init?.method === 'POST') {
      token = value
      proof = headers.get('dpop') ?? ''
    }
    return fetch(url, init)
  })
  const { structuredContent } = await client.callTool({
    name: 'add_numbers',
    arguments: { a: 2, b: 3 },
  })
  await client.close()
  transcript.request(JSON.stringify(structuredContent))
  transcript.note('A thief has read its last request: the token, and the proof.')
  const { result } = structuredContent as { result: unknown }
  transcript.expect('a client with a key: 2 + 3 = 5', result === 5 && token !== '' && proof !== '')
  return { token, proof }
}

const badProof = (reason: string): Expected => ({
  status: 401,
  error: 'invalid_dpop_proof',
  reason,
})

/** A good proof in every respect but one: the token is bound to another key. */
async function proofOfThief(resource: string, accessToken: string): Promise<string> {
  const thief = await DpopSession.create()
  return thief.buildProof({ htm: 'POST', htu: resource, accessToken })
}
