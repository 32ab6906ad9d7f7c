import { parseStrictJsonObject } from '../token/strict-json.ts'
import type { AuthorizationServer } from './authorization-server.ts'
import { createFormCall } from './form-call.ts'

/** An answer of a token endpoint. */
export interface TokenAnswer {
  readonly status: number
  /** The members of its JSON, such as `access_token` or `error`. A secret: never log it. */
  readonly members: Readonly<Record<string, unknown>>
}

/** An authorization server, as the option `inspect` sees it at start-up. */
export interface InspectedServer {
  readonly issuer: string
  /** As published (RFC 8414). */
  readonly metadata: Readonly<Record<string, unknown>>
  /** URL of this resource server. */
  readonly resource: string
  /** Scopes that this resource server requires for every request. */
  readonly requiredScopes: readonly string[]
  /** Whether this resource server refuses tokens with audiences that are not accepted. */
  readonly exclusiveAudience: boolean
  /**
   * Sends these parameters to the token endpoint, with the credentials of `introspection`. Absent
   * where there are no credentials. Rejects where the answer is not JSON.
   */
  readonly requestToken:
    | ((parameters: Readonly<Record<string, string>>) => Promise<TokenAnswer>)
    | undefined
}

/** @internal */
export interface InspectionOptions
  extends Pick<InspectedServer, 'resource' | 'requiredScopes' | 'exclusiveAudience'> {
  readonly inspect: (server: InspectedServer) => void | Promise<void>
}

/**
 * Lets `inspect` look at an authorization server. An inspection only warns the operator: its failure
 * is no reason not to start.
 *
 * @internal
 */
export async function inspectServer(
  server: AuthorizationServer,
  { inspect, resource, requiredScopes, exclusiveAudience }: InspectionOptions,
): Promise<void> {
  try {
    await inspect({
      issuer: server.issuer,
      metadata: await server.metadata(),
      resource,
      requiredScopes,
      exclusiveAudience,
      requestToken: server.client && ((parameters) => requestToken(server, parameters)),
    })
  } catch {
    // The operator gets no warning, and the server starts.
  }
}

async function requestToken(
  server: AuthorizationServer,
  parameters: Readonly<Record<string, string>>,
): Promise<TokenAnswer> {
  const call = await createFormCall(server, {
    endpoint: 'token_endpoint',
    form: new URLSearchParams(parameters),
    purpose: 'inspection',
    lane: 'documents',
    failure: 'discovery_failed',
  })
  const reply = await server.http.call(call)
  return { status: reply.status, members: parseStrictJsonObject(reply.body) }
}
