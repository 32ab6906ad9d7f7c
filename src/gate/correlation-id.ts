import { randomUUID } from 'node:crypto'
import type { Gate } from './gate.ts'

/**
 * Makes the correlation id, which connects an answer with its event. If the option `correlationId`
 * fails, the id is random, so that the request does not fail.
 *
 * @internal
 */
export function createCorrelationId({ correlationId }: Pick<Gate, 'correlationId'>): string {
  try {
    const id: unknown = correlationId?.()
    if (typeof id === 'string') return id
  } catch {}
  return randomUUID()
}
