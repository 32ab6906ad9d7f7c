/** Asks a resource server about a token, and the decisions that tests expect. */
import { expect, vi } from 'vitest'
import type { Decision, ResourceServer } from '../../src/index.ts'

/** Sends a request with this token through the gate. */
export function ask(gate: ResourceServer, token: string, signal?: AbortSignal): Promise<Decision> {
  return gate.authenticate({
    method: 'POST',
    url: '/mcp',
    headers: { authorization: `Bearer ${token}` },
    signal,
  })
}

/** For `toMatchObject`: the request is allowed. */
export const allowed = { outcome: 'allowed' } as const

/** For `toMatchObject`: 401 `invalid_token`, for this reason. */
export function refused(reason: string) {
  return { outcome: 'challenged', status: 401, reason, body: { error: 'invalid_token' } }
}

/** For `toEqual`: 503 with `Retry-After`, and nothing that suggests a bad token. */
export function unavailable(reason: string) {
  return {
    outcome: 'unavailable',
    status: 503,
    reason,
    detail: expect.any(String),
    correlationId: expect.any(String),
    headers: {
      'Retry-After': expect.stringMatching(/^[1-9]\d*$/),
      'Access-Control-Expose-Headers': 'Retry-After',
      'Cache-Control': 'no-store',
      'Content-Type': 'application/json',
    },
    body: {
      error: 'temporarily_unavailable',
      error_description: expect.any(String),
      correlation_id: expect.any(String),
    },
  }
}

/** Repeats a check until it passes, for work in the background. The limit is for a check that never does. */
export async function eventually(check: () => unknown): Promise<void> {
  await vi.waitFor(check, { timeout: 30_000, interval: 20 })
}
