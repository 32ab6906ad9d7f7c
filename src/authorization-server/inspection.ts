import { parseStrictJsonObject } from '../token/strict-json.ts'
import {
  authenticateClient,
  type ClientAuthentication,
} from './client-authentication/client-authentication.ts'
import type { Discovery } from './discovery.ts'
import type { HttpClient } from './http/http-client.ts'

/** An answer of a token endpoint. */
export interface TokenAnswer {
  readonly status: number
  /** Of its JSON, such as `access_token` or `error`. A secret: never log it. */
  readonly members: Readonly<Record<string, unknown>>
}

/** An authorization server, as `inspect` of its options sees it at start-up. */
export interface InspectedServer {
  readonly issuer: string
  /** As published (RFC 8414). */
  readonly metadata: Readonly<Record<string, unknown>>
  /** Of this resource server. */
  readonly resource: string
  /** Scopes that this resource server needs for every request. */
  readonly requiredScopes: readonly string[]
  /** Whether this resource server refuses tokens that name others beside it. */
  readonly exclusiveAudience: boolean
  /**
   * Asks the token endpoint with the credentials of `introspection`, and with nothing but these
   * parameters. Absent where no credentials are set. Rejects where no JSON came.
   */
  readonly requestToken:
    | ((parameters: Readonly<Record<string, string>>) => Promise<TokenAnswer>)
    | undefined
}

/** @internal */
export interface InspectionOptions
  extends Pick<InspectedServer, 'issuer' | 'resource' | 'requiredScopes' | 'exclusiveAudience'> {
  readonly inspect: (server: InspectedServer) => void | Promise<void>
  readonly discovery: Discovery
  readonly http: HttpClient
  readonly authentication: ClientAuthentication | undefined
}

/**
 * Lets `inspect` look at an authorization server. It only tells the operator something: whatever
 * goes wrong in it is not a reason to refuse to start.
 *
 * @internal
 */
export async function inspectServer(options: InspectionOptions): Promise<void> {
  const { issuer, resource, requiredScopes: scopes, exclusiveAudience, authentication } = options
  try {
    const metadata = await options.discovery.metadata()
    await options.inspect({
      issuer,
      metadata,
      resource,
      requiredScopes: scopes,
      exclusiveAudience: exclusiveAudience,
      requestToken:
        authentication && ((parameters) => requestToken(options, authentication, parameters)),
    })
  } catch {
    // Told nothing, and started.
  }
}

async function requestToken(
  { issuer, discovery, http }: InspectionOptions,
  authentication: ClientAuthentication,
  parameters: Readonly<Record<string, string>>,
): Promise<TokenAnswer> {
  const url = await discovery.endpoint('token_endpoint')
  const headers: Record<string, string> = {
    accept: 'application/json',
    'content-type': 'application/x-www-form-urlencoded',
  }
  const body = new URLSearchParams(parameters)
  await authenticateClient(authentication, { headers, body, url })
  const reply = await http.call({
    purpose: 'inspection',
    issuer,
    lane: 'documents',
    failure: 'discovery_failed',
    method: 'POST',
    url,
    headers,
    body: body.toString(),
  })
  return { status: reply.status, members: parseStrictJsonObject(reply.body) }
}
