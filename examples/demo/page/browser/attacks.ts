/** Requests with tokens that are not the client's own. */
import { DpopSession } from '@modelcontextprotocol/client'
import { recordedBy } from './exchanges.ts'
import { tokenFrom } from './server-calls.ts'
import { connect, signedIn } from './session.ts'

/** Connects a stock client with this token, or without one. Returns how the server answers, in a sentence. */
export async function sendToken(serverUrl: string, token: string | undefined): Promise<string> {
  const provider = token === undefined ? undefined : { token: async () => token }
  try {
    const client = await connect(serverUrl, provider, 'Stranger')
    await client.close()
    return 'The server accepted it.'
  } catch {
    return 'Refused. The caller learns what to do, but not the reason.'
  }
}

/** Sends the client's token as a thief does, who has copied the token but cannot copy its key. */
export async function stealToken(serverUrl: string): Promise<string> {
  const own = signedIn()
  const isBound = own?.token_type.toLowerCase() === 'dpop'
  const token = isBound ? own.access_token : await tokenFrom('bound-token')
  const thief = await DpopSession.create()
  const proof = await thief.buildProof({ htm: 'POST', htu: serverUrl, accessToken: token })
  const bearer = await askAsThief(serverUrl, { authorization: `Bearer ${token}` })
  const withKey = await askAsThief(serverUrl, { authorization: `DPoP ${token}`, dpop: proof })
  return `The thief gets ${bearer} with the token alone, and ${withKey} with a key of the thief.`
}

async function askAsThief(serverUrl: string, headers: Record<string, string>): Promise<number> {
  const call = {
    ...{ jsonrpc: '2.0', id: 1, method: 'tools/call' },
    params: { name: 'add_numbers', arguments: { a: 2, b: 3 } },
  }
  const { status } = await recordedBy('Thief')(serverUrl, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
      ...headers,
    },
    body: JSON.stringify(call),
  })
  return status
}
