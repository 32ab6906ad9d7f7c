import express, { type Express } from 'express'
import { createResourceServer } from 'mcp-resource-server'
import type { Environment } from 'mcp-resource-server/environment'
import { expressGate, verifiedToken } from 'mcp-resource-server/express'
import { keycloak } from 'mcp-resource-server/keycloak'

const ORDERS: Readonly<Record<string, readonly string[]>> = {
  alice: ['10001', '10002'],
  bob: ['20001'],
}

/**
 * The API behind the MCP server. It is another resource server: a token for the MCP server has a
 * different audience, and is refused here.
 */
export function createOrdersApi(environment: Environment = process.env): Express {
  const {
    AUTHZ_SERVER_BASE_URL: issuer = '',
    BACKEND_API_URL: resource = '',
    BACKEND_API_AUDIENCE: audience = '',
    TOKEN_EXCHANGE_SCOPE: scope = '',
  } = environment
  const resourceServer = createResourceServer({
    resource,
    additionalAudiences: [audience],
    authorizationServer: keycloak(issuer, { verification: 'jwt' }),
    requiredScopes: [scope],
  })
  const app = express()
  app.disable('x-powered-by')
  app.use(expressGate(resourceServer))
  app.get('/orders', (req, res) => {
    const { userLoginId } = verifiedToken(req)?.claims ?? {}
    res.json({ userLoginId, orders: ORDERS[String(userLoginId)] ?? [] })
  })
  return app
}
