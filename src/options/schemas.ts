import { z } from 'zod'
import { SIGNATURE_ALGORITHMS } from '../authorization-server/algorithms.ts'
import { policySchema, scopeHierarchySchema } from '../mcp/policy/options.ts'
import { sessionsSchema } from '../mcp/session-options.ts'
import { profileSchema } from './profile-schema.ts'
import { callable, flag, number, scopes, text, texts, whole } from './schema-parts.ts'

const YEAR = 31_536_000

const jwt = {
  algorithms: z
    .array(
      z.enum(SIGNATURE_ALGORITHMS, { error: `must be some of ${SIGNATURE_ALGORITHMS.join(', ')}` }),
      { error: 'must be a list of algorithms' },
    )
    .min(1, 'must name at least one algorithm')
    .optional(),
  keys: z
    .object({ keys: z.array(z.record(z.string(), z.unknown())) }, { error: 'must be a JWK Set' })
    .optional(),
  jwksUri: text('a URL').optional(),
  keySet: z
    .strictObject(
      {
        maxAge: number(1, 86_400, 'seconds').optional(),
        staleIfError: number(0, 7 * 86_400, 'seconds').optional(),
        unknownKeyCoolDown: number(1, 3600, 'seconds').optional(),
        maxKeys: whole(1, 1000, 'keys').optional(),
      },
      { error: 'must be an object' },
    )
    .optional(),
}

const clientShape = {
  clientId: text("the client's id"),
  clientSecret: text("the client's secret").optional(),
  authentication: z
    .union(
      [
        z.enum(['client_secret_basic', 'client_secret_post']),
        z.looseObject({ authenticate: callable }),
      ],
      {
        error: 'must be client_secret_basic, client_secret_post or an object with authenticate()',
      },
    )
    .optional(),
}

const introspection = z.strictObject(
  {
    ...clientShape,
    endpoint: text('a URL').optional(),
    opaqueTokens: flag.optional(),
  },
  { error: 'must be an object with clientId and clientSecret' },
)

const confirm = z
  .union([z.enum(['never', 'always']), number(1, 86_400, 'seconds')], {
    error: 'must be "never", "always" or a number of seconds from 1 to 86400',
  })
  .optional()

const server = {
  issuer: text("the issuer's URL"),
  profile: profileSchema.optional(),
}

/** @internal */
export const commonShape = {
  exclusiveAudience: flag.optional(),
  clockTolerance: number(0, 60, 'seconds').optional(),
  maxTokenLifetime: number(1, YEAR, 'seconds').optional(),
  maxTokenLength: whole(64, 65_536, 'characters').optional(),
  allowInsecureHttp: flag.optional(),
  http: z
    .strictObject(
      {
        fetch: callable.optional(),
        dispatcher: z
          .custom((value) => typeof (value as { dispatch?: unknown })?.dispatch === 'function', {
            error: 'must be an undici Dispatcher',
          })
          .optional(),
        connectTimeout: number(0.001, 300, 'seconds').optional(),
        headersTimeout: number(0.001, 300, 'seconds').optional(),
        timeout: number(0.001, 300, 'seconds').optional(),
        connections: whole(1, 1024, 'connections').optional(),
        reuseConnections: flag.optional(),
        maxPending: whole(1, 1_000_000, 'calls').optional(),
        maxResponseSize: whole(1024, 64 * 1024 * 1024, 'bytes').optional(),
      },
      { error: 'must be an object' },
    )
    .refine((http) => http.fetch === undefined || http.dispatcher === undefined, {
      error: 'must hold `fetch` or `dispatcher`, not both',
    })
    .refine((http) => http.fetch === undefined || http.reuseConnections === undefined, {
      path: ['reuseConnections'],
      error: 'has no effect on a `fetch` of your own, which keeps connections as it likes',
    })
    .optional(),
  clock: callable.optional(),
}

/** @internal */
export const authorizationServerSchema = z.strictObject(
  {
    ...server,
    ...jwt,
    additionalAudiences: texts.optional(),
    introspection: introspection.optional(),
    verification: z
      .enum(['jwt', 'introspection', 'hybrid'], {
        error: 'must be "jwt", "introspection" or "hybrid"',
      })
      .optional(),
    confirm,
    inspect: callable.optional(),
  },
  { error: 'must be an issuer URL or an object with `issuer`' },
)

const audience = z.union([text('an audience'), texts.min(1)], {
  error: 'must be an audience or a list of audiences',
})

/** @internal */
export const jwtVerifierSchema = z.strictObject({ ...server, ...commonShape, ...jwt, audience })

/** @internal */
export const introspectionVerifierSchema = z.strictObject({
  ...server,
  ...commonShape,
  introspection,
  audience,
})

/** @internal */
export const hybridVerifierSchema = z.strictObject({
  ...server,
  ...commonShape,
  ...jwt,
  introspection,
  audience,
  confirm,
})

/** @internal */
export const verifierSchema = z.looseObject(
  { verify: callable },
  { error: 'must be an object with verify()' },
)

/** @internal */
export const cachedVerifierSchema = z.strictObject({
  maxEntries: whole(1, 10_000_000, 'entries').optional(),
  maxAge: z
    .union([callable, number(0, YEAR, 'seconds')], {
      error: 'must be a number of seconds or a function',
    })
    .optional(),
  negativeMaxAge: number(0, 3600, 'seconds').optional(),
  negativeMaxEntries: whole(1, 1_000_000, 'entries').optional(),
  maxTokenLength: commonShape.maxTokenLength,
  clockTolerance: number(0, 60, 'seconds').optional(),
  clock: callable.optional(),
})

/** @internal */
export const tokenExchangerSchema = z.strictObject({
  ...clientShape,
  ...server,
  endpoint: text('a URL').optional(),
  maxEntries: whole(0, 1_000_000, 'entries').optional(),
  maxTokenLength: commonShape.maxTokenLength,
  allowInsecureHttp: flag.optional(),
  http: commonShape.http,
  clock: callable.optional(),
})

const FOR_PEOPLE = /^resource_(?:name|documentation|policy_uri|tos_uri)(?:#.*)?$/

const otherMembers = {
  jwks_uri: text('a URL').optional(),
  bearer_methods_supported: texts.optional(),
  resource_signing_alg_values_supported: texts.optional(),
  tls_client_certificate_bound_access_tokens: flag.optional(),
  authorization_details_types_supported: texts.optional(),
  dpop_signing_alg_values_supported: texts.optional(),
  dpop_bound_access_tokens_required: flag.optional(),
  signed_metadata: text('a JWS').optional(),
}

const OTHER_MEMBERS: ReadonlySet<string> = new Set(Object.keys(otherMembers))

const metadata = z
  .looseObject(otherMembers, { error: 'must be an object' })
  .superRefine((members, context) => {
    for (const [name, value] of Object.entries(members)) {
      if (OTHER_MEMBERS.has(name)) continue
      const message = FOR_PEOPLE.test(name)
        ? 'must be a text'
        : 'is set by another option, or is no member of RFC 9728 §2'
      if (message === 'must be a text' && typeof value === 'string' && value !== '') continue
      context.addIssue({ code: 'custom', path: [name], message, input: value })
    }
  })

/** @internal */
export const authenticateOptionsSchema = z.strictObject({
  requiredScopes: scopes.optional(),
  policy: z.literal(false, { error: 'must be false or left out' }).optional(),
})

/** As a browser sends it: scheme, host and port, without a slash at the end. */
const origin = z.string({ error: 'must hold origins' }).refine(isOrigin, {
  error: 'must hold origins as browsers send them, such as https://app.example.com, without a path',
})

function isOrigin(text: string): boolean {
  if (/^https?:/.test(text)) return URL.parse(text)?.origin === text && !text.includes('*')
  // Other schemes than those of the web (of extensions, say) have the origin "null" there.
  return /^[a-z][a-z0-9+.-]*:\/\/[^/?#\s*@]+$/.test(text)
}

/** @internal */
export const resourceServerSchema = z.strictObject(
  {
    ...commonShape,
    resource: text("this server's URL"),
    authorizationServer: z.union(
      [
        text('an issuer'),
        authorizationServerSchema,
        z.array(z.union([text('an issuer'), authorizationServerSchema])).min(1),
      ],
      { error: 'must be an issuer URL, an object with `issuer`, or a list of them' },
    ),
    requiredScopes: scopes.optional(),
    initialScopes: scopes.optional(),
    scopeHierarchy: scopeHierarchySchema.optional(),
    challengeIncludesGranted: flag.optional(),
    policy: policySchema.optional(),
    sessions: sessionsSchema.optional(),
    allowedOrigins: z
      .union([z.literal('*'), z.array(origin, { error: 'must be "*" or a list of origins' })], {
        error: 'must be "*" or a list of origins',
      })
      .optional(),
    streamGrace: z
      .union([z.literal(false), number(0, YEAR, 'seconds')], {
        error: 'must be false or a number of seconds',
      })
      .optional(),
    additionalAudiences: texts.optional(),
    realm: z
      .string({ error: 'must be a string' })
      .regex(/^[\x20-\x21\x23-\x5b\x5d-\x7e]+$/, 'must be printable ASCII without quotes')
      .optional(),
    metadata: metadata.optional(),
    mirrorAuthorizationServerMetadata: flag.optional(),
    cache: z
      .union(
        [
          z.literal(false),
          z.strictObject({
            maxEntries: whole(1, 10_000_000, 'entries').optional(),
            introspectionMaxAge: number(0, 86_400, 'seconds').optional(),
            negativeMaxAge: number(0, 3600, 'seconds').optional(),
            negativeMaxEntries: whole(1, 1_000_000, 'entries').optional(),
          }),
        ],
        { error: 'must be false or an object' },
      )
      .optional(),
    revocation: callable.optional(),
    verifier: verifierSchema.optional(),
    correlationId: callable.optional(),
  },
  { error: 'must be an object with `resource` and `authorizationServer`' },
)
