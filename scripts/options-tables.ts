// Writes the tables of options in docs/options.md, from the doc comments of the options interfaces and
// from the defaults in their schemas. A test fails where the page differs from what this writes.

import { readFileSync, writeFileSync } from 'node:fs'
import { z } from 'zod'
import { httpSchema } from '../src/authorization-server/http/options.ts'
import {
  clientAssertionSchema,
  introspectionSchema,
  keySetSchema,
  tokenInfoSchema,
} from '../src/authorization-server/options-schema.ts'
import { explainSchema } from '../src/explain/options-schema.ts'
import { guardSchema } from '../src/gate/options.ts'
import { policySchema } from '../src/mcp/policy/options-schema.ts'
import { sessionsSchema } from '../src/mcp/session-options.ts'
import { signedMetadataSchema } from '../src/metadata/options.ts'
import { instrumentationSchema } from '../src/opentelemetry/options-schema.ts'
import {
  auth0Schema,
  cognitoSchema,
  entraIdSchema,
  entraIdTenantsSchema,
  googleSchema,
  oktaSchema,
} from '../src/profiles/options-schema.ts'
import { authorizationServerSchema } from '../src/resource-server/authorization-server-options.ts'
import { resourceServerSchema } from '../src/resource-server/options-schema.ts'
import { sharedStoreSchema } from '../src/resource-server/shared-store-options.ts'
import { notBeforeSchema } from '../src/revocation/not-before-options.ts'
import {
  backchannelLogoutSchema,
  revocationSchema,
  securityEventSchema,
} from '../src/revocation/options-schema.ts'
import {
  clientCertificateHeaderSchema,
  dpopNonceSchema,
  dpopSchema,
} from '../src/sender-constraint/options-schema.ts'
import { redisStoreSchema } from '../src/storage/redis/options-schema.ts'
import { tokenExchangerSchema } from '../src/token-exchange/options.ts'
import {
  cachedVerifierSchema,
  cacheSchema,
  hybridVerifierSchema,
  introspectionVerifierSchema,
  jwtVerifierSchema,
} from '../src/verification/options-schema.ts'
import { type Member, membersOf, readSources, type Sources } from './options-interfaces.ts'

/** The page that has all tables. */
export const OPTIONS_PAGE = 'docs/options.md'

/** The tables, by interface: its schema, and the heading of the page that the table stands under. */
interface Table {
  readonly schema: z.core.$ZodType | undefined
  readonly anchor: string
  /** Another interface with a table. Its members are left out, and a sentence on the page names it. */
  readonly without?: string
}

const SERVER = 'AuthorizationServerOptions'

export const TABLES: Readonly<Record<string, Table>> = {
  ResourceServerOptions: { schema: resourceServerSchema, anchor: 'createresourceserver' },
  AuthorizationServerOptions: { schema: authorizationServerSchema, anchor: 'authorizationserver' },
  IntrospectionOptions: { schema: introspectionSchema, anchor: 'introspection' },
  ClientAssertionOptions: { schema: clientAssertionSchema, anchor: 'clientassertion' },
  KeySetOptions: { schema: keySetSchema, anchor: 'keyset' },
  PolicyOptions: { schema: policySchema, anchor: 'policy' },
  SessionOptions: { schema: sessionsSchema, anchor: 'sessions' },
  RevocationOptions: { schema: revocationSchema, anchor: 'revocation' },
  SharedStoreOptions: { schema: sharedStoreSchema, anchor: 'sharedstore' },
  RedisStoreOptions: { schema: redisStoreSchema, anchor: 'createredisstore' },
  BackchannelLogoutOptions: { schema: backchannelLogoutSchema, anchor: 'backchannellogout' },
  NotBeforeOptions: { schema: notBeforeSchema, anchor: 'notbefore' },
  SecurityEventOptions: { schema: securityEventSchema, anchor: 'securityevents' },
  DpopOptions: { schema: dpopSchema, anchor: 'dpop' },
  DpopNonceOptions: { schema: dpopNonceSchema, anchor: 'dpopnonce' },
  SignedMetadataOptions: { schema: signedMetadataSchema, anchor: 'signedmetadata' },
  ClientCertificateHeader: {
    schema: clientCertificateHeaderSchema,
    anchor: 'clientcertificate',
  },
  CacheOptions: { schema: cacheSchema, anchor: 'cache' },
  HttpOptions: { schema: httpSchema, anchor: 'http' },
  GuardOptions: { schema: guardSchema, anchor: 'guards' },
  // keycloak() checks its own options and leaves the others to createResourceServer.
  KeycloakOptions: { schema: undefined, anchor: 'keycloak-options' },
  AdminActionOptions: { schema: undefined, anchor: 'adminactions' },
  CachedVerifierOptions: { schema: cachedVerifierSchema, anchor: 'createcachedverifier' },
  TokenExchangerOptions: { schema: tokenExchangerSchema, anchor: 'createtokenexchanger' },
  TokenInfoOptions: { schema: tokenInfoSchema, anchor: 'tokeninfo' },
  Auth0Options: { schema: auth0Schema, anchor: 'auth0', without: SERVER },
  EntraIdOptions: { schema: entraIdSchema, anchor: 'entraid', without: SERVER },
  EntraIdTenantsOptions: { schema: entraIdTenantsSchema, anchor: 'entraid', without: SERVER },
  OktaOptions: { schema: oktaSchema, anchor: 'okta', without: SERVER },
  CognitoOptions: { schema: cognitoSchema, anchor: 'cognito', without: SERVER },
  GoogleOptions: { schema: googleSchema, anchor: 'google', without: SERVER },
  JwtVerifierOptions: { schema: jwtVerifierSchema, anchor: 'createjwtverifier' },
  IntrospectionVerifierOptions: {
    schema: introspectionVerifierSchema,
    anchor: 'createintrospectionverifier',
  },
  HybridVerifierOptions: { schema: hybridVerifierSchema, anchor: 'createhybridverifier' },
  InstrumentationOptions: { schema: instrumentationSchema, anchor: 'createinstrumentation' },
  ExplainOptions: { schema: explainSchema, anchor: 'explaintoken' },
  TestIssuerOptions: { schema: undefined, anchor: 'createtestissuer' },
  TestTokenOptions: { schema: undefined, anchor: 'issuertoken' },
  TestLogoutTokenOptions: { schema: undefined, anchor: 'issuerlogouttoken' },
  TestOutageOptions: { schema: undefined, anchor: 'issueroutage' },
  TestRequestOptions: { schema: undefined, anchor: 'testrequest' },
}

const PLACE = /(<!-- options: (\w+) -->\n)[\s\S]*?(<!-- end -->)/g

/** The document with its tables written anew. */
export function withTables(document: string, tables = TABLES, sources = readSources()): string {
  const missing = new Set(Object.keys(tables))
  const written = document.replace(PLACE, (_all, start: string, name: string, end: string) => {
    const table = tables[name]
    if (table === undefined) throw new Error(`${name} has no entry in TABLES`)
    missing.delete(name)
    return `${start}\n${tableOf(name, table, tables, sources)}\n\n${end}`
  })
  if (missing.size > 0) throw new Error(`no place for the tables of ${[...missing].join(', ')}`)
  return written
}

function tableOf(
  name: string,
  { schema, without }: Table,
  tables: Readonly<Record<string, Table>>,
  sources: Sources,
): string {
  const shape = schema === undefined ? {} : shapeOf(schema)
  const elsewhere = without === undefined ? [] : membersOf(without, sources).map((m) => m.name)
  const members = membersOf(name, sources).filter((member) => !elsewhere.includes(member.name))
  const rows = members.map((member) => {
    const where = `${name}.${member.name}`
    if (schema !== undefined && shape[member.name] === undefined) {
      throw new Error(`${where} is not in the schema`)
    }
    const cells = [
      `\`${member.name}\``,
      defaultOf(where, member, shape[member.name]),
      `${member.description}${linkOf(name, member, tables)}`,
    ]
    return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`
  })
  return ['| option | default | what it does |', '|---|---|---|', ...rows].join('\n')
}

/** A link to the table of the member's own options. */
function linkOf(of: string, member: Member, tables: Readonly<Record<string, Table>>): string {
  const name = member.type.match(/\w+Options\b(?!\[)/)?.[0] ?? ''
  const anchor = name === of ? undefined : tables[name]?.anchor
  return anchor === undefined ? '' : ` See [its options](#${anchor}).`
}

/** The default as people read it. The doc comment must not say another one than the schema. */
function defaultOf(where: string, member: Member, schema: z.core.$ZodType | undefined): string {
  const { defaultText } = member
  if (!member.optional) {
    if (defaultText !== undefined) throw new Error(`${where} is required and has a @defaultValue`)
    return 'required'
  }
  const fromSchema = schema === undefined ? undefined : defaultIn(schema)
  if (fromSchema !== undefined && defaultText !== undefined && defaultText !== fromSchema) {
    // An empty list may mean more than "none".
    if (fromSchema !== 'none') {
      throw new Error(`${where}: the default is ${fromSchema}, not ${defaultText}`)
    }
  }
  const text = defaultText ?? fromSchema
  if (text === undefined) throw new Error(`${where} needs a @defaultValue in its doc comment`)
  return text
}

/** The default of a schema, unless it is an object or a function. */
function defaultIn(schema: z.core.$ZodType): string | undefined {
  const { def } = (schema as z.core.$ZodTypes)._zod
  if (def.type === 'optional') return defaultIn(def.innerType)
  if (def.type !== 'default') return undefined
  const value: unknown = def.defaultValue
  if (Array.isArray(value)) return value.length === 0 ? 'none' : undefined
  if (typeof value === 'boolean' || typeof value === 'string') return `\`${value}\``
  return typeof value === 'number' ? amount(value, unitOf(def.innerType)) : undefined
}

/** The unit of a number, also where it is one of several possible types. */
function unitOf(schema: z.core.$ZodType): unknown {
  const { def } = (schema as z.core.$ZodTypes)._zod
  if (def.type === 'union') return def.options.map(unitOf).find((unit) => unit !== undefined)
  return z.globalRegistry.get(schema)?.unit
}

function amount(value: number, unit: unknown): string {
  if (unit === 'bytes') return `${value / 1024 ** 2} MiB`
  const digits = value < 10_000 ? String(value) : String(value).replace(/\B(?=(\d{3})+$)/g, ' ')
  if (unit === 'seconds') return `${digits} s`
  return unit === 'characters' ? `${digits} characters` : digits
}

/** The members of an object schema, whatever it is wrapped in. */
function shapeOf(schema: z.core.$ZodType): Readonly<Record<string, z.core.$ZodType>> {
  const { def } = (schema as z.core.$ZodTypes)._zod
  if (def.type === 'object') return def.shape
  if (def.type === 'pipe') return shapeOf(def.in)
  if (def.type === 'union') return Object.assign({}, ...def.options.map(shapeOf))
  return {}
}

if (import.meta.main) {
  writeFileSync(OPTIONS_PAGE, withTables(readFileSync(OPTIONS_PAGE, 'utf8')))
}
