import { callTool, connect } from './client.ts'
import { type Exchange, observedFetch } from './http.ts'
import { readableBody, readableUrl } from './readable.ts'
import type { Transcript } from './transcript.ts'

/**
 * Lets the unmodified MCP client call a tool. The client knows only the server's URL. Every HTTP
 * exchange is shown, and the exchanges must be those of the MCP specification.
 */
export async function mainFlow(transcript: Transcript, resource: string): Promise<void> {
  transcript.section('From a URL to an answer')
  transcript.note(`The unmodified client of the MCP SDK knows only ${resource}`)

  const seen: string[] = []
  let last: string | undefined
  const observe = (exchange: Exchange) => {
    const stage = stageOf(exchange, resource)
    if (stage !== last) transcript.step(stage)
    last = stage
    seen.push(`${stage}: ${exchange.status}`)
    const rpc = exchange.rpc === undefined ? '' : `   ${exchange.rpc}`
    transcript.request(`${exchange.method} ${readableUrl(exchange.url)}${rpc}`)
    transcript.answer({ ...exchange, body: readableBody(exchange.body) })
    if (exchange.location !== undefined) {
      const target = new URL(exchange.location, exchange.url)
      transcript.request(`Location: ${readableUrl(target)}`)
    }
  }

  const { client } = await connect(resource, observedFetch(observe))
  const sum = await callTool(client, 'add_numbers', { a: 2, b: 3 })
  const product = await callTool(client, 'multiply_numbers', { x: 6, y: 7 })
  await client.close()

  transcript.step('what the tools answered')
  transcript.request(JSON.stringify(sum))
  transcript.request(JSON.stringify(product))
  transcript.expect('2 + 3 = 5 and 6 × 7 = 42', sum.result === 5 && product.result === 42)
  const order = seen.filter((stage, index) => !seen.slice(0, index).includes(stage))
  transcript.expect(
    '401 → metadata → discovery → registration → authorization → token → call',
    JSON.stringify(order) === JSON.stringify(way),
  )
}

const stages = {
  refused: 'the server refuses, and says where to look',
  metadata: 'protected resource metadata: who is the authorization server?',
  discovery: 'authorization server metadata: where are its endpoints?',
  registration: 'dynamic client registration',
  authorization: 'authorization code with PKCE, in the browser',
  token: 'the code becomes an access token',
  call: 'MCP, with the token',
}

const way = [
  `${stages.refused}: 401`,
  `${stages.metadata}: 200`,
  `${stages.discovery}: 200`,
  `${stages.registration}: 201`,
  `${stages.authorization}: 303`,
  `${stages.token}: 200`,
  `${stages.call}: 200`,
  // notifications/initialized has no answer.
  `${stages.call}: 202`,
]

function stageOf({ url, status }: Exchange, resource: string): string {
  if (url.href === resource) return status === 401 ? stages.refused : stages.call
  if (url.pathname.includes('oauth-protected-resource')) return stages.metadata
  if (url.pathname.includes('/.well-known/')) return stages.discovery
  if (url.pathname === '/register') return stages.registration
  if (url.pathname === '/token') return stages.token
  return stages.authorization
}
