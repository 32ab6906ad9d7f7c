import { randomUUID } from 'node:crypto'
import type { Gate } from './gate.ts'

/**
 * Makes the id that ties an answer to its event. Where the option `correlationId` fails, the id is
 * random: no request fails because of it.
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
