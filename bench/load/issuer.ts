/**
 * An authorization server in a process of its own, for the load report: metadata, keys and
 * introspection. It calls every token active that looks like one of its own. Tells its parent its
 * address and the tokens, and after each message how often introspection was called.
 */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { decodeJwt } from 'jose'
import { createSigner } from '../tokens.ts'

const TOKENS = 500

const signer = await createSigner('RS256')
let introspections = 0

const server = createServer(async (request, response) => {
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const answer = (body: object): void => {
    response.setHeader('Content-Type', 'application/json')
    response.end(JSON.stringify(body))
  }
  if (request.url === '/jwks') return answer(signer.jwks)
  if (request.url === '/introspect') {
    let form = ''
    for await (const chunk of request.setEncoding('utf8')) form += chunk
    introspections += 1
    const token = new URLSearchParams(form).get('token') ?? ''
    return answer({ active: true, token_type: 'Bearer', ...decodeJwt(token) })
  }
  return answer({
    issuer,
    jwks_uri: `${issuer}/jwks`,
    introspection_endpoint: `${issuer}/introspect`,
    token_endpoint: `${issuer}/token`,
    authorization_endpoint: `${issuer}/authorize`,
    response_types_supported: ['code'],
  })
})

server.listen(0, '127.0.0.1', async () => {
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const tokens = await Promise.all(
    Array.from({ length: TOKENS }, () => signer.sign({ iss: issuer, aud: process.env.RESOURCE })),
  )
  process.send?.({ issuer, tokens })
})
process.on('message', () => process.send?.(introspections))
process.on('disconnect', () => process.exit())
