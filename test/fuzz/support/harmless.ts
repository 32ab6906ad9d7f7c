import type { PolicyOptions } from '../../../src/index.ts'
import { check } from './properties.ts'

/** Denies everything called `secret`. */
export const NO_SECRETS: PolicyOptions = {
  tools: { secret: 'deny', open: 'allow' },
  prompts: { secret: 'deny', open: 'allow' },
  resources: { 'docs://secret/{id}': 'deny', 'docs://open/{id}': 'allow' },
  default: 'allow',
}

/** The methods of every revision of MCP that take the URI of a resource. No server knows a misspelt one. */
const READERS: ReadonlySet<string> = new Set([
  'resources/read',
  'resources/subscribe',
  'resources/unsubscribe',
])

/** Checks that a message which passed uses nothing that is denied. */
export function checkHarmless(message: Record<string, never>): void {
  const { method, params } = message as { method?: unknown; params?: Record<string, unknown> }
  if (method === undefined) return
  if (method === 'tools/call' || method === 'prompts/get') {
    check(params?.name !== 'secret', 'a denied name passes', message)
  }
  // A URI with the authority `secret` and one segment, in any case.
  for (const uri of urisOf(String(method), params)) {
    check(!/^docs:\/\/secret\/[^/?#]+$/i.test(String(uri)), 'a denied resource passes', message)
  }
  if (method === 'completion/complete' && memberOf(params?.ref, 'type') === 'ref/prompt') {
    check(memberOf(params?.ref, 'name') !== 'secret', 'a denied prompt passes', message)
  }
}

/** The resources that a lenient server would read from a message. */
function urisOf(method: string, params: Record<string, unknown> | undefined): readonly unknown[] {
  if (READERS.has(method)) return [params?.uri]
  if (method === 'subscriptions/listen') {
    return [memberOf(params?.notifications, 'resourceSubscriptions')].flat()
  }
  const { ref } = params ?? {}
  const isTemplate = method === 'completion/complete' && memberOf(ref, 'type') !== 'ref/prompt'
  return isTemplate ? [memberOf(ref, 'uri')] : []
}

function memberOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null
    ? (value as Record<string, unknown>)[name]
    : undefined
}
