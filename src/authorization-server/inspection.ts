import { parseStrictJsonObject } from '../jws/strict-json.ts'
import type { AuthorizationServer } from './authorization-server.ts'
import { createFormCall, sendForm } from './form-call.ts'

/** The answer of a token endpoint. */
export interface TokenAnswer {
  readonly status: number
  /** The members of the answer's JSON, such as `access_token` or `error`. They are secret: never log them. */
  readonly members: Readonly<Record<string, unknown>>
}

/** An authorization server and this server's settings, for the option `inspect` at start-up. */
export interface InspectedServer {
  readonly issuer: string
  /** The metadata as published (RFC 8414). */
  readonly metadata: Readonly<Record<string, unknown>>
  /** URL of this resource server. */
  readonly resource: string
  /** Scopes that this resource server requires for every request. */
  readonly requiredScopes: readonly string[]
  /** Whether this resource server refuses tokens with audiences that are not accepted. */
  readonly exclusiveAudience: boolean
  /**
   * Sends parameters to the token endpoint, with the credentials of the option `introspection`. Rejects
   * if the answer is not JSON. `undefined` if there are no credentials.
   */
  readonly requestToken:
    | ((parameters: Readonly<Record<string, string>>) => Promise<TokenAnswer>)
    | undefined
}

/** The settings of a resource server that an inspection compares with the authorization server. @internal */
export type InspectedSettings = Pick<
  InspectedServer,
  'resource' | 'requiredScopes' | 'exclusiveAudience'
>

/** @internal */
export interface InspectionOptions extends InspectedSettings {
  readonly inspect: (server: InspectedServer) => void | Promise<void>
}

/**
 * Calls `inspect` for an authorization server. An inspection can only warn the operator. If it fails,
 * the server starts anyway.
 *
 * @internal
 */
export async function inspectServer(
  server: AuthorizationServer,
  { inspect, ...settings }: InspectionOptions,
): Promise<void> {
  try {
    await inspect(await inspectedServer(server, settings))
  } catch {
    // The operator gets no warning, and the server starts.
  }
}

/**
 * Makes what an inspection sees of an authorization server.
 *
 * @throws {UnavailableError} `discovery_failed`
 * @internal
 */
export async function inspectedServer(
  server: AuthorizationServer,
  { resource, requiredScopes, exclusiveAudience }: InspectedSettings,
): Promise<InspectedServer> {
  return {
    issuer: server.issuer,
    metadata: await server.metadata(),
    resource,
    requiredScopes,
    exclusiveAudience,
    requestToken: server.client && ((parameters) => requestToken(server, parameters)),
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
  const { reply } = await sendForm(server, call)
  return { status: reply.status, members: parseStrictJsonObject(reply.body) }
}
