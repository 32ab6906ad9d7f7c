/**
 * An authorization server in a process of its own, for the load report. Tells its parent its address and
 * the tokens, and after each message how often introspection was called.
 */
import { startTestIssuer } from '../../src/testing/index.ts'
import { keycloakClaims } from '../tokens.ts'

const TOKENS = 500

const resource = process.env.RESOURCE ?? ''
const client = { clientId: 'load', clientSecret: 'secret' }
const issuer = await startTestIssuer({ resource, algorithm: 'RS256', client })
let introspections = 0
issuer.replaceAnswer('introspection', (_request, usual) => {
  introspections += 1
  return usual()
})

const claims = { iss: issuer.issuer, aud: resource }
const tokens = await Promise.all(
  Array.from({ length: TOKENS }, () =>
    issuer.token({ claims: { ...keycloakClaims(), ...claims } }),
  ),
)
process.send?.({ issuer: issuer.issuer, tokens })
process.on('message', () => process.send?.(introspections))
process.on('disconnect', () => process.exit())
