import { z } from 'zod'
import { number, whole } from '../options/schema-parts.ts'

/** How sessions of MCP revisions before 2026-07-28 are bound to the caller that opened them. */
export interface SessionOptions {
  /** Most sessions; default 10 000. The session unused for longest makes room for a new one. */
  readonly maxSessions?: number
  /** Most sessions of one principal; default 1000. Its session unused for longest makes room. */
  readonly maxPerPrincipal?: number
  /**
   * Most sessions of one subject of an issuer, through all of its clients together; default twice
   * `maxPerPrincipal`. Its session unused for longest makes room.
   */
  readonly maxPerSubject?: number
  /** Seconds after which an unused session is forgotten; default 86 400, a day. */
  readonly maxIdle?: number
}

/** @internal */
export type SettledSessionOptions = Required<SessionOptions>

/** Fills in the defaults. @internal */
export function settleSessionOptions(options: SessionOptions = {}): SettledSessionOptions {
  const { maxPerPrincipal = 1000 } = options
  return {
    maxSessions: options.maxSessions ?? 10_000,
    maxPerPrincipal,
    maxPerSubject: options.maxPerSubject ?? 2 * maxPerPrincipal,
    maxIdle: options.maxIdle ?? 86_400,
  }
}

const YEAR = 31_536_000

const shape = {
  maxSessions: whole(1, 10_000_000, 'sessions').optional(),
  maxPerPrincipal: whole(1, 10_000_000, 'sessions').optional(),
  maxPerSubject: whole(1, 10_000_000, 'sessions').optional(),
  maxIdle: number(1, YEAR, 'seconds').optional(),
} satisfies { readonly [K in keyof SessionOptions]-?: z.ZodType }

/** @internal */
export const sessionsSchema = z.union([z.literal(['none', 'unchecked']), z.strictObject(shape)], {
  error: 'must be "none", "unchecked" or an object',
})
