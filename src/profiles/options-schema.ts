import { z } from 'zod'
import { optionsSchema } from '../options/options-schema.ts'
import { text, texts } from '../options/schema-parts.ts'
import { authorizationServerShape } from '../resource-server/authorization-server-options.ts'
import type {
  Auth0Options,
  CognitoOptions,
  EntraIdOptions,
  EntraIdTenantsOptions,
  GoogleOptions,
  OktaOptions,
} from './options.ts'

const { issuer: _issuer, profile: _profile, ...vendorShape } = authorizationServerShape

/** A host name with at least two labels. A port is allowed, because a proxy in a test may have one. */
const host = (example: string) =>
  z
    .string({ error: `must be a domain, such as ${example}` })
    .regex(
      /^(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+[a-z0-9-]*[a-z0-9](?::\d{1,5})?$/,
      `must be a domain in lower case, such as ${example}, without https:// and without a path`,
    )

const GUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

const guid = (what: string) =>
  z
    .string({ error: `must be ${what}, a GUID` })
    .regex(GUID, `must be ${what}, a GUID in lower case with hyphens`)

/** The tenant of Microsoft's personal accounts. Everybody can get an account there. */
const CONSUMERS = '9188040d-6c67-4c5b-b112-36a304b66dad'

const tenant = guid(
  'the id of one tenant. `common`, `organizations` and domains are no issuers: `iss` always has the id',
).refine(
  (id) => id !== CONSUMERS,
  'must not be the tenant of personal Microsoft accounts, where everybody can get an account',
)

/** @internal */
export const auth0Schema = optionsSchema<Auth0Options>()({
  ...vendorShape,
  domain: host('acme.eu.auth0.com'),
  rolesClaim: text('the name of a claim').optional(),
})

const entraIdApiShape = {
  ...vendorShape,
  applicationId: guid('the application (client) id of the app registration of this server'),
  tokenVersion: z.enum(['v1', 'v2'], { error: 'must be "v1" or "v2"' }).default('v2'),
  applicationIdUri: text('the Application ID URI').optional(),
}

/** @internal */
export const entraIdSchema = optionsSchema<EntraIdOptions>()({
  ...entraIdApiShape,
  tenantId: tenant,
})

/** @internal */
export const entraIdTenantsSchema = optionsSchema<EntraIdTenantsOptions>()({
  ...entraIdApiShape,
  tenantIds: z
    .array(tenant, { error: 'must be a list of tenant ids' })
    .min(1, 'must name at least one tenant')
    .refine((ids) => new Set(ids).size === ids.length, 'must name each tenant once'),
})

/** @internal */
export const oktaSchema = optionsSchema<OktaOptions>()({
  ...vendorShape,
  domain: host('acme.okta.com').refine(
    (domain) => !/-admin\.okta/.test(domain),
    'must be the domain of the organization, without -admin',
  ),
  authorizationServerId: z
    .string({
      error:
        'must be the id of a custom authorization server, such as default. The tokens of the org authorization server can be verified by Okta only',
    })
    .regex(/^[A-Za-z0-9]+$/, 'must be the id of a custom authorization server, such as default'),
  rolesClaim: text('the name of a claim').optional(),
})

/** @internal */
export const cognitoSchema = optionsSchema<CognitoOptions>()({
  ...vendorShape,
  region: z
    .string({ error: 'must be a region, such as eu-central-1' })
    .regex(/^[a-z]{2}(?:-[a-z]+)+-\d{1,2}$/, 'must be a region, such as eu-central-1'),
  userPoolId: z
    .string({ error: 'must be the id of a user pool, such as eu-central-1_Abc123xyz' })
    .regex(/^[a-z0-9-]+_[A-Za-z0-9]+$/, {
      error: 'must be the id of a user pool, such as eu-central-1_Abc123xyz',
    }),
  issuerType: z
    .enum(['original', 'updated'], { error: 'must be "original" or "updated"' })
    .default('original'),
  resourceServerIdentifier: text('the identifier of a resource server').optional(),
  acceptAnyTokenOfClients: texts.min(1, 'must name at least one app client').optional(),
})

const {
  introspection: _introspection,
  tokenInfo: _tokenInfo,
  verification: _verification,
  confirm: _confirm,
  ...googleShape
} = vendorShape

/** @internal */
export const googleSchema = optionsSchema<GoogleOptions>()({
  ...googleShape,
  clientIds: z
    .array(text('a client id'), { error: 'must be a list of the ids of your clients at Google' })
    .min(
      1,
      'must name at least one client of yours: the endpoint answers about the tokens of all clients',
    ),
  endpoint: text('a URL').default('https://oauth2.googleapis.com/tokeninfo'),
})
