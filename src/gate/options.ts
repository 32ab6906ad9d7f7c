import { z } from 'zod'
import { optionsSchema, optionsShape } from '../options/options-schema.ts'
import { callable, flag, number, scopes, YEAR } from '../options/schema-parts.ts'
import type { RevocationOptions } from '../revocation/options.ts'
import { revocationSchema } from '../revocation/options-schema.ts'
import type { DpopMode, SenderConstraintOptions } from '../sender-constraint/options.ts'
import { dpopModeSchema, senderConstraintShape } from '../sender-constraint/options-schema.ts'

/** Options for what the gate asks of every request, and for what it answers. */
export interface GateOptions extends SenderConstraintOptions {
  /**
   * Scopes that every request needs. Every challenge names them.
   *
   * @defaultValue none
   */
  readonly requiredScopes?: readonly string[]
  /**
   * Scopes that clients should ask for at first, besides `requiredScopes`. A 401 challenge and
   * `scopes_supported` of the metadata name them. The scopes of a single tool need not be
   * listed: clients learn them when they call the tool. List them for clients that cannot ask for more
   * scopes later.
   *
   * @defaultValue the scopes that `policy` requires for protocol methods and for everything without a rule
   */
  readonly initialScopes?: readonly string[]
  /**
   * Whether a 403 challenge also names the scopes that the token already has. Set it for clients that
   * replace their scopes with those of the challenge instead of adding them.
   *
   * @defaultValue `false`
   */
  readonly challengeIncludesGranted?: boolean
  /**
   * Origins of web pages that may call this server, as browsers send them (`https://app.example.com`),
   * or `*` for all. They get the CORS headers that MCP clients need; other origins get 403. Clients that
   * are not browsers send no origin and are not affected.
   *
   * @defaultValue the origin of `resource` only
   */
  readonly allowedOrigins?: readonly string[] | '*'
  /**
   * Seconds after a token's expiry at which the event streams that it opened are ended. This leaves
   * clients time to refresh. A request that is accepted after the expiry, because clocks may differ, keeps
   * its stream until `clockTolerance` seconds after the expiry at least. `false`: streams outlive their
   * tokens.
   *
   * @defaultValue 30 s
   */
  readonly streamGrace?: number | false
  /**
   * The `realm` of the challenges.
   *
   * @defaultValue none
   */
  readonly realm?: string
  /**
   * The bounds of the list of revocations, and a function that is asked at every request whether the token
   * was revoked. A function alone is the same as `{ check }`.
   *
   * @defaultValue the defaults of its members
   */
  readonly revocation?: NonNullable<RevocationOptions['check']> | RevocationOptions
  /**
   * A function that makes the id of a request. A refused caller gets the id, and the event of the
   * refusal has it too.
   *
   * @defaultValue `crypto.randomUUID`
   */
  readonly correlationId?: () => string
}

/** Options for one route, besides those of the resource server. */
export interface GuardOptions {
  /**
   * Scopes that a request needs here, besides those that every request needs.
   *
   * @defaultValue none
   */
  readonly requiredScopes?: readonly string[]
  /**
   * `false`: this is not an MCP endpoint, so the policy does not apply to it.
   *
   * @defaultValue the policy of the resource server applies
   */
  readonly policy?: false
  /**
   * Which tokens may be presented with DPoP here (RFC 9449).
   *
   * @defaultValue as for the resource server
   */
  readonly dpop?: DpopMode
}

const origin = z.string({ error: 'must hold origins' }).refine(isOrigin, {
  error: 'must hold origins as browsers send them, such as https://app.example.com, without a path',
})

/** Whether a text is an origin as a browser sends it: scheme, host and port, without a final slash. */
function isOrigin(text: string): boolean {
  if (/^https?:/.test(text)) return URL.parse(text)?.origin === text && !text.includes('*')
  // For other schemes, such as those of browser extensions, `URL` gives the origin "null".
  return /^[a-z][a-z0-9+.-]*:\/\/[^/?#\s*@]+$/.test(text)
}

/** @internal */
export const gateShape = optionsShape<GateOptions>()({
  ...senderConstraintShape,
  requiredScopes: scopes.default([]),
  initialScopes: scopes.optional(),
  challengeIncludesGranted: flag.default(false),
  allowedOrigins: z
    .union([z.literal('*'), z.array(origin, { error: 'must be "*" or a list of origins' })], {
      error: 'must be "*" or a list of origins',
    })
    .default([]),
  streamGrace: z
    .union([z.literal(false), number(0, YEAR, 'seconds')], {
      error: 'must be false or a number of seconds',
    })
    .default(30),
  realm: z
    .string({ error: 'must be a string' })
    .regex(/^[\x20-\x21\x23-\x5b\x5d-\x7e]+$/, 'must be printable ASCII without quotes')
    .optional(),
  revocation: z
    .union(
      [
        callable<NonNullable<RevocationOptions['check']>>().transform((check) =>
          revocationSchema.parse({ check }),
        ),
        revocationSchema,
      ],
      { error: 'must be a function or an object' },
    )
    .prefault({}),
  correlationId: callable<NonNullable<GateOptions['correlationId']>>().optional(),
})

/** @internal */
export const guardSchema = optionsSchema<GuardOptions>()({
  requiredScopes: scopes.default([]),
  policy: z.literal(false, { error: 'must be false or left out' }).optional(),
  dpop: dpopModeSchema.optional(),
})

/** The options of a guard with their defaults. @internal */
export type GuardSettings = z.output<typeof guardSchema>
