/** Callers of a policy: their tokens and their calls, checked by the policy alone or through the gate. */
import { expect } from 'vitest'
import type { Decision } from '../../../../src/gate/decision.ts'
import type { ResourceRequest } from '../../../../src/http/resource-request.ts'
import type { PolicyOptions } from '../../../../src/mcp/policy/options.ts'
import { createPolicy } from '../../../../src/mcp/policy/policy.ts'
import type { ResourceServer } from '../../../../src/resource-server/resource-server.ts'
import { deepFreeze, type VerifiedToken } from '../../../../src/token/verified-token.ts'
import { type Overrides, signToken, testResourceServer, VERIFIED } from '../../../support/tokens.ts'

/** A verified token with these scopes, for a policy without a gate. */
export function tokenWith(scope = '', claims: Record<string, unknown> = {}): VerifiedToken {
  const scopes = scope.split(' ').filter((word) => word !== '')
  return deepFreeze({ ...VERIFIED, scopes, claims })
}

/** A JSON-RPC request. */
export const call = (
  method: string,
  params?: Readonly<Record<string, unknown>>,
  id: unknown = 1,
) => ({
  jsonrpc: '2.0',
  id,
  method,
  ...(params === undefined ? {} : { params }),
})

export const toolCall = (name: unknown, id: unknown = 1) => call('tools/call', { name }, id)

export const readOf = (uri: unknown, id: unknown = 1) => call('resources/read', { uri }, id)

/** A resource server with this policy. By default it requires no scope of every request. */
export function serverWith(operations: PolicyOptions, more: Overrides = {}): ResourceServer {
  return testResourceServer({ requiredScopes: [], policy: operations, ...more })
}

export interface Asked {
  readonly message?: ResourceRequest['message']
  /** The scopes of the token; default none. */
  readonly scope?: string
  readonly claims?: Readonly<Record<string, unknown>>
  readonly headers?: Readonly<Record<string, string | readonly string[] | undefined>>
  readonly method?: string
}

const signed = new Map<string, Promise<string>>()

/** The text of a good token; the same text for the same claims. */
export function tokenTextOf({ scope = '', claims = {} }: Asked = {}): Promise<string> {
  const all = { ...claims, scope }
  const key = JSON.stringify(all)
  const known = signed.get(key) ?? signToken({ claims: all })
  signed.set(key, known)
  return known
}

/** The server's decision about a request with a good token. */
export async function ask(server: ResourceServer, asked: Asked): Promise<Decision> {
  const { message, headers, method = 'POST' } = asked
  return server.authenticate({
    method,
    url: '/mcp',
    headers: { authorization: `Bearer ${await tokenTextOf(asked)}`, ...headers },
    message,
  })
}

/** A request with a body of JSON. `limits` lists the size limit of each time that it was read. */
export function bodyOf(content: string | Uint8Array | object) {
  const limits: number[] = []
  const text = typeof content === 'string' || content instanceof Uint8Array
  const bytes = text ? content : JSON.stringify(content)
  return {
    limits,
    message: async (maxBytes: number): Promise<Uint8Array> => {
      limits.push(maxBytes)
      return typeof bytes === 'string' ? new TextEncoder().encode(bytes) : bytes
    },
    headers: { 'content-type': 'application/json' },
  }
}

/** A refusal without a challenge, for `toMatchObject`. */
export function refused(status: number, reason: string, code: number, id: unknown = null) {
  return { outcome: 'refused', status, reason, body: { jsonrpc: '2.0', id, error: { code } } }
}

/** What a policy decides about reading a resource. */
export const checkRead = (options: PolicyOptions, uri: string, token = tokenWith()) =>
  createPolicy(options).check(readOf(uri), token)

/**
 * Expects that reading a URI is denied because of the rule `closed`: beside a rule that allows `open`,
 * and where everything without a rule is allowed.
 */
export async function expectDenied(closed: string, open: string, uri: string): Promise<void> {
  for (const options of [
    { resources: { [open]: 'allow', [closed]: 'deny' } },
    { resources: { [closed]: 'deny' }, default: 'allow' },
    { resources: { [open]: 'allow', [closed]: { roles: ['keeper'] } }, default: 'allow' },
  ] satisfies PolicyOptions[]) {
    const { outcome } = await checkRead(options, uri)
    expect([uri, outcome]).toEqual([uri, 'denied'])
  }
}
