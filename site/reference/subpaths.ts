import { PACKAGE } from '../place.ts'

/** A subpath of the package that programs import. */
export interface Subpath {
  /** What a program imports: `mcp-resource-server/express`. */
  readonly name: string
  /** Its folder in the reference: `express`. */
  readonly folder: string
  /** Its source file, from the root of the repository. */
  readonly source: string
  /** What it is for, in one sentence. */
  readonly purpose: string
}

/** What each subpath is for. A subpath of package.json without a line here stops the build. */
const PURPOSES: Readonly<Record<string, string>> = {
  '.': 'The resource server, its options, its decisions, and the errors.',
  './verifiers': 'Token verifiers without a gate: JWT, introspection, both, and a cache in front.',
  './token-exchange': 'Exchanges a caller’s token for a token of another API (RFC 8693).',
  './challenge': 'Writes a `WWW-Authenticate` header.',
  './metadata': 'The protected resource metadata (RFC 9728) and its address.',
  './policy': 'Rules that say who may use which tool, resource and prompt.',
  './telemetry': 'The events and traces of `node:diagnostics_channel`.',
  './opentelemetry': 'Spans and metrics for OpenTelemetry.',
  './adapter': 'What an adapter for another framework is made of.',
  './express': 'The gate for Express 4 and 5.',
  './fastify': 'The gate for Fastify.',
  './hono': 'The gate for Hono.',
  './node': 'The gate for servers of `node:http`.',
  './fetch': 'The gate for handlers of `Request` and `Response`, also on Bun and Deno.',
  './mcp-sdk': 'The gate inside an MCP server of either version of the MCP SDK.',
  './mcp-server': 'Rules of tools, resources and prompts for version 2 of the MCP SDK.',
  './keycloak': 'Options, roles, realm recipe and warnings for Keycloak.',
  './redis': 'A shared store on Redis or Valkey, for several instances.',
  './profiles': 'Options for Auth0, Entra ID, Okta, Amazon Cognito and Google.',
  './explain': 'Says of a token which rules hold and which do not.',
  './testing': 'An authorization server in memory, its tokens, and assertions for tests.',
  './testing/msw': 'The authorization server of the testing kit as handlers of msw.',
  './environment': 'Options from environment variables.',
}

/** Every subpath of `exports` in package.json, in its order. */
export const SUBPATHS: readonly Subpath[] = Object.entries(PACKAGE.exports)
  .filter(([subpath]) => subpath !== './package.json')
  .map(([subpath, built]) => {
    const purpose = PURPOSES[subpath]
    if (purpose === undefined) {
      throw new Error(`PURPOSES of site/reference/subpaths.ts has no line for ${subpath}.`)
    }
    return {
      name: subpath.replace(/^\./, PACKAGE.name),
      folder: subpath === '.' ? 'main' : subpath.slice(2),
      source: built.replace('./dist/', 'src/').replace(/\.js$/, '.ts'),
      purpose,
    }
  })
