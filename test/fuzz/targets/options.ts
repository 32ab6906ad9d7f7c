import { createResourceServer } from '../../../src/index.ts'
import type { Edit } from '../../support/mutators/edit.ts'
import { mutateDocument } from '../../support/mutators/mutate-token.ts'
import { ecKey, ISSUER, noNetwork, RESOURCE } from '../../support/tokens.ts'
import { edits } from '../support/arbitraries.ts'
import { check, checkKeepsSecrets } from '../support/properties.ts'
import { parsed } from '../support/strict-json.ts'
import type { Target } from '../support/target.ts'
import { CLIENT } from '../support/upstream.ts'

const SECRET = 'secret-of-the-nonces-0123456789-0123456789'

const OPTIONS = {
  resource: RESOURCE,
  authorizationServer: {
    issuer: ISSUER,
    keys: { keys: [ecKey.publicKey] },
    introspection: CLIENT,
    algorithms: ['ES256'],
    keySet: { maxAge: 300, maxKeys: 10 },
    backchannelLogout: { clientIds: ['a'] },
  },
  requiredScopes: ['mcp:tools'],
  additionalAudiences: ['my-client'],
  scopeHierarchy: { 'mcp:admin': ['mcp:tools'] },
  policy: { tools: { add: { scopes: ['math'] } }, default: 'deny' },
  sessions: { maxIdle: 60 },
  cache: { maxEntries: 100 },
  dpop: { mode: 'accepted', nonce: { mode: 'required', secrets: [SECRET] } },
  allowedOrigins: ['https://app.example.com'],
  streamGrace: 10,
  realm: 'mcp',
  clockTolerance: 5,
  maxTokenLength: 4096,
  metadata: { resource_name: 'x' },
  http: { timeout: 1000 },
}

const DONOR = { resources: {}, issuer: '', scopes: [], jwksUri: 'ftp://x', verification: 'hybrid' }

/**
 * Wrong options are a TypeError at start-up that names the option. It never shows a secret, and nothing else
 * is thrown.
 */
export const options: Target<readonly Edit[]> = {
  name: 'options',
  executions: 2000,
  inputs: edits(3),
  start: () => async (changes) => {
    const given = parsed(mutateDocument(OPTIONS, changes, DONOR))
    if (given === undefined) return
    let thrown: unknown
    try {
      const isObject = typeof given === 'object' && given !== null && !Array.isArray(given)
      // No request leaves: whatever the server would call, there is no network.
      const http = isObject && 'http' in given ? given.http : undefined
      const called =
        typeof http === 'object' && http !== null ? { ...http, fetch: noNetwork } : http
      const server = createResourceServer((isObject ? { ...given, http: called } : given) as never)
      await server.close()
      return
    } catch (error) {
      thrown = error
    }
    check(thrown instanceof TypeError, `no TypeError: ${(thrown as Error)?.stack}`)
    const { message } = thrown
    checkKeepsSecrets('the message', message, [SECRET, CLIENT.clientSecret])
    check(message.startsWith('createResourceServer: '), 'the function is not named', message)
    check(/`[^`]+`|\boptions?\b/.test(message), 'the option is not named', message)
    check(message.length < 2000, 'a long message', message.length)
  },
}
