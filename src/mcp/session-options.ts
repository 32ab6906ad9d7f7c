import { z } from 'zod'
import { optionsSchema } from '../options/options-schema.ts'
import { number, whole, YEAR } from '../options/schema-parts.ts'

/** How sessions of MCP revisions before 2026-07-28 are bound to the caller that opened them. */
export interface SessionOptions {
  /**
   * Most sessions. The session unused for longest makes room for a new one.
   *
   * @defaultValue 10 000
   */
  readonly maxSessions?: number
  /**
   * Most sessions of one principal. Its session unused for longest makes room for a new one.
   *
   * @defaultValue 1000
   */
  readonly maxPerPrincipal?: number
  /**
   * Most sessions of one subject of an issuer, through all of its clients together. Its session unused
   * for longest makes room for a new one.
   *
   * @defaultValue twice `maxPerPrincipal`
   */
  readonly maxPerSubject?: number
  /**
   * Seconds after which an unused session is forgotten. The default is a day.
   *
   * @defaultValue 86 400 s
   */
  readonly maxIdle?: number
}

const boundsSchema = optionsSchema<SessionOptions>()({
  maxSessions: whole(1, 10_000_000, 'sessions').default(10_000),
  maxPerPrincipal: whole(1, 10_000_000, 'sessions').default(1000),
  maxPerSubject: whole(1, 10_000_000, 'sessions').optional(),
  maxIdle: number(1, YEAR, 'seconds').default(86_400),
})

/** @internal */
export const sessionBoundsSchema = boundsSchema.transform((bounds) => ({
  ...bounds,
  maxPerSubject: bounds.maxPerSubject ?? 2 * bounds.maxPerPrincipal,
}))

/** The options of bound sessions with their defaults. @internal */
export type SessionSettings = z.output<typeof sessionBoundsSchema>

/** @internal */
export const sessionsSchema = z.union([z.literal(['none', 'unchecked']), sessionBoundsSchema], {
  error: 'must be "none", "unchecked" or an object',
})
