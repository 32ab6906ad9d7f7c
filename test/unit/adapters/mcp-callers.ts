/** Who comes to a server of the MCP SDK, and what its handlers are told. */
import { expect } from 'vitest'
import type { ResourceServer } from '../../../src/resource-server/resource-server.ts'
import {
  CLAIMS,
  ISSUER,
  METADATA_URL,
  NOW,
  RESOURCE,
  signToken,
  testResourceServer,
} from '../../support/tokens.ts'

export const good = await signToken()
/** The path of the metadata document. */
export const DOCUMENT = new URL(METADATA_URL).pathname
/** A page that may call {@link guarded}. */
export const ORIGIN = 'https://app.example.com'

/** Everybody may call the tool `add`, nobody `erase`. */
export const guarded = (): ResourceServer =>
  testResourceServer({
    policy: { tools: { add: 'allow', erase: { roles: ['nobody'] } } },
    allowedOrigins: [ORIGIN],
  })

export const AUTH_INFO = {
  token: good,
  clientId: 'inspector',
  scopes: ['mcp:tools'],
  expiresAt: NOW + 300,
  resource: new URL(RESOURCE),
  resourceMetadataUrl: METADATA_URL,
  extra: {
    issuer: ISSUER,
    subject: 'alice',
    audience: [RESOURCE],
    claims: CLAIMS,
    possession: [],
    verifiedToken: expect.objectContaining({ issuer: ISSUER, tokenId: 'token-1' }),
  },
}

export const down = () => Promise.reject(new Error(`"${good}"\r\n`))

export const headersOf = (authorization?: string): Record<string, string> =>
  authorization === undefined ? {} : { authorization }
