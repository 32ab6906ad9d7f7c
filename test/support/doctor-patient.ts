/**
 * An MCP server and its authorization server that consist of answers. Both are as they should be until a
 * test changes one thing.
 */
import { generateKeyPairSync } from 'node:crypto'
import { json } from './issuers/answers.ts'
import { type Answer, type LoopbackServer, startLoopbackServer } from './issuers/loopback-server.ts'

/** The token that the patient accepts. */
export const GOOD_TOKEN = 'the-token-that-the-patient-accepts'

const { publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const KEY = { ...publicKey.export({ format: 'jwk' }), kid: 'key-1', alg: 'ES256', use: 'sig' }

export interface Patient extends AsyncDisposable {
  /** The URL of the MCP server. */
  readonly url: string
  readonly issuer: string
  readonly server: LoopbackServer
  readonly authorizationServer: LoopbackServer
  /** The parameters of the challenge without a token. */
  challenge: Record<string, string>
  /** The parameters that are added if there is a token. */
  refusal: Record<string, string>
  /** The protected resource metadata, served at both addresses. */
  readonly metadata: Record<string, unknown>
  /** The metadata of the authorization server. */
  readonly issuerMetadata: Record<string, unknown>
  keys: unknown
  /** Replaces an answer of the MCP server. */
  answers(path: string, answer: Answer): void
}

const WELL_KNOWN = '/.well-known/oauth-protected-resource'

export async function startPatient(): Promise<Patient> {
  const server = await startLoopbackServer()
  const authorizationServer = await startLoopbackServer()
  const url = `${server.origin}/mcp`
  const issuer = authorizationServer.origin
  const patient: Patient = {
    url,
    issuer,
    server,
    authorizationServer,
    challenge: { scope: 'mcp:tools', resource_metadata: `${server.origin}${WELL_KNOWN}/mcp` },
    refusal: { error: 'invalid_token' },
    metadata: {
      resource: url,
      authorization_servers: [issuer],
      scopes_supported: ['mcp:tools'],
      bearer_methods_supported: ['header'],
    },
    issuerMetadata: {
      issuer,
      authorization_endpoint: `${issuer}/authorize`,
      token_endpoint: `${issuer}/token`,
      jwks_uri: `${issuer}/keys`,
      response_types_supported: ['code'],
      code_challenge_methods_supported: ['S256'],
    },
    keys: { keys: [KEY] },
    answers: (path, answer) => server.on(path, answer),
    async [Symbol.asyncDispose]() {
      await Promise.all([server, authorizationServer].map((one) => one[Symbol.asyncDispose]()))
    },
  }
  const document: Answer = (_received, response) => {
    response.writeHead(200, {
      'content-type': 'application/json',
      'access-control-allow-origin': '*',
    })
    response.end(JSON.stringify(patient.metadata))
  }
  server.on(WELL_KNOWN, document)
  server.on(`${WELL_KNOWN}/mcp`, document)
  server.on('/mcp', (received, response) => {
    const { authorization } = received
    if (authorization === `Bearer ${GOOD_TOKEN}`) return json({ result: {} })(received, response)
    return challenged(patient, authorization !== undefined)(received, response)
  })
  const own: Answer = (received, response) => json(patient.issuerMetadata)(received, response)
  authorizationServer.on('/.well-known/oauth-authorization-server', own)
  authorizationServer.on('/.well-known/openid-configuration', own)
  authorizationServer.on('/keys', (received, response) => json(patient.keys)(received, response))
  return patient
}

/** The 401 of a patient. */
export function challenged(patient: Patient, hasToken: boolean): Answer {
  const parameters = { ...patient.challenge, ...(hasToken ? patient.refusal : {}) }
  const list = Object.entries(parameters).map(([name, value]) => `${name}="${value}"`)
  return (_received, response) => {
    response.writeHead(401, {
      'content-type': 'application/json',
      'www-authenticate': `Bearer ${list.join(', ')}`,
    })
    response.end('{}')
  }
}
