import { z } from 'zod'
import { flag, text, texts, whole } from '../options/schema-parts.ts'
import { GIVEN_AWAY } from './realm-allowances.ts'

const YEAR = 31_536_000

// An empty address passes here: `assertRealmAddresses` refuses it with a better message.
const addresses = z.array(z.string('must be strings'), { error: 'must be a list of strings' })

const scope = z.union(
  [
    text('a scope'),
    z.strictObject(
      {
        name: text("the scope's name"),
        description: text('a string').optional(),
        roles: texts.optional(),
      },
      { error: 'must be an object' },
    ),
  ],
  { error: 'must be a scope, or an object with its `name`' },
)

const scopes = z.array(scope, { error: 'must be a list of scopes' }).optional()

const tokens = z.strictObject(
  {
    // `assertRealmOptions` checks the name.
    algorithm: text('an algorithm').optional(),
    lifetime: whole(1, YEAR, 'seconds').optional(),
    rfc9068: flag.optional(),
    lightweight: flag.optional(),
    dpopBound: flag.optional(),
  },
  { error: 'must be an object' },
)

const client = z.strictObject(
  {
    clientId: text("the client's id"),
    name: text('a string').optional(),
    redirectUris: addresses.optional(),
    webOrigins: addresses.optional(),
    serviceAccount: flag.optional(),
    refreshToken: flag.optional(),
    roles: texts.optional(),
    authentication: z
      .union(
        [
          z.enum(['none', 'secret']),
          z.strictObject({ jwksUrl: text('a URL') }),
          z.strictObject({ jwks: z.looseObject({ keys: z.array(z.looseObject({})) }) }),
        ],
        { error: 'must be "none", "secret", or an object with `jwksUrl` or `jwks`' },
      )
      .optional(),
    secret: text("the client's secret").optional(),
    scopes: texts.optional(),
    optionalScopes: texts.optional(),
    tokens: tokens.optional(),
    consent: flag.optional(),
    backchannelLogoutUrl: text('a URL').optional(),
    passwordGrant: flag.optional(),
    fullScope: flag.optional(),
  },
  { error: 'must be an object' },
)

const user = z.strictObject(
  {
    username: text("the user's name"),
    password: text('a password').optional(),
    email: text('an email address').optional(),
    firstName: text('a name').optional(),
    lastName: text('a name').optional(),
    roles: texts.optional(),
    clientRoles: texts.optional(),
  },
  { error: 'must be an object' },
)

const common = {
  realm: text("the realm's name").optional(),
  resource: text("the MCP server's URL"),
  scopes,
  optionalScopes: scopes,
  resourceIndicators: flag.optional(),
  allow: z
    .strictObject(
      Object.fromEntries(Object.keys(GIVEN_AWAY).map((name) => [name, flag.optional()])),
      { error: 'must be an object' },
    )
    .optional(),
  tutorial: flag.optional(),
  server: z
    .strictObject(
      {
        clientId: text("the client's id").optional(),
        secret: text("the client's secret").optional(),
        roles: texts.optional(),
      },
      { error: 'must be an object' },
    )
    .optional(),
  audienceFrom: z.enum(['scopes', 'roles'], { error: 'must be "scopes" or "roles"' }).optional(),
  clients: z.array(client, { error: 'must be a list of clients' }).optional(),
  redirectUris: addresses.optional(),
  roles: texts.optional(),
  users: z.array(user, { error: 'must be a list of users' }).optional(),
  downstream: z
    .strictObject(
      {
        audience: text('a client id'),
        secret: text("the client's secret").optional(),
        scope: text('a scope').optional(),
        claims: z.record(z.string(), text('an attribute of the user')).optional(),
      },
      { error: 'must be an object' },
    )
    .optional(),
  revocation: z
    .strictObject(
      {
        serverUrl: text('a URL').optional(),
        backchannelLogout: flag.optional(),
        securityEvents: flag.optional(),
        notBefore: flag.optional(),
      },
      { error: 'must be an object' },
    )
    .optional(),
}

const ofNewRealm = z
  .undefined({ error: 'is for a new realm, and cannot go with `partial`' })
  .optional()

/** The names and types of the options for a new realm. `assertRealmOptions` checks the values. @internal */
export const newRealmSchema = z.strictObject(
  {
    ...common,
    partial: z.literal(false, { error: 'must be true or false' }).optional(),
    algorithms: texts.optional(),
    accessTokenLifetime: whole(1, YEAR, 'seconds').optional(),
    registration: z
      .strictObject(
        {
          trustedHosts: addresses.optional(),
          matchSender: flag.optional(),
          webOrigins: addresses.optional(),
          maxClients: whole(0, 1_000_000, 'clients').optional(),
          documentHosts: addresses.optional(),
          insecureDocuments: flag.optional(),
        },
        { error: 'must be an object' },
      )
      .optional(),
    existingClients: z.undefined({ error: 'needs `partial`' }).optional(),
  },
  { error: 'must be an object' },
)

/** The names and types of the options for additions to a realm. @internal */
export const additionsSchema = z.strictObject(
  {
    ...common,
    partial: z.literal(true),
    existingClients: texts.optional(),
    registration: z.boolean({ error: 'must be `true` or `false` with `partial`' }).optional(),
    algorithms: ofNewRealm,
    accessTokenLifetime: ofNewRealm,
  },
  { error: 'must be an object' },
)
