import { describe, expect, it } from 'vitest'
import { rfc9068Profile } from '../../../src/token/rfc9068.ts'
import {
  CACHE_DEFAULTS,
  issuerVerificationSchema,
} from '../../../src/verification/options-schema.ts'
import {
  type ScopeSettings,
  verificationScope,
} from '../../../src/verification/verification-scope.ts'
import { ISSUER, RESOURCE } from '../../support/tokens.ts'

const SETTINGS: ScopeSettings = {
  resource: RESOURCE,
  additionalAudiences: [],
  allowInsecureHttp: false,
  cache: CACHE_DEFAULTS,
  exclusiveAudience: false,
  clockTolerance: 5,
  maxTokenLifetime: undefined,
  maxTokenLength: 8192,
}
const introspection = { clientId: 'mcp', clientSecret: 'secret', endpoint: `${ISSUER}/introspect` }

const scopeOf = (settings: object = {}, ...issuers: object[]) =>
  verificationScope(
    { ...SETTINGS, ...settings },
    (issuers.length === 0 ? [{}] : issuers).map((issuer) => ({
      ...issuerVerificationSchema.parse({ issuer: ISSUER, introspection }),
      ...issuer,
    })),
  )
const parsed = issuerVerificationSchema.parse({ issuer: ISSUER, introspection }).introspection
const introspecting = (more: object) => ({ introspection: { ...parsed, ...more } })
const profiled = (more: object) => ({ profile: { ...rfc9068Profile, ...more } })

describe('the scope of shared results', () => {
  it.each<[string, object, object]>([
    ['resource', { resource: `${RESOURCE}/other` }, {}],
    ['additional audiences', { additionalAudiences: ['a'] }, {}],
    ['insecure HTTP', { allowInsecureHttp: true }, {}],
    ['exclusive audience', { exclusiveAudience: true }, {}],
    ['clock tolerance', { clockTolerance: 6 }, {}],
    ['lifetime of tokens', { maxTokenLifetime: 60 }, {}],
    ['age of an answer', { cache: { ...CACHE_DEFAULTS, introspectionMaxAge: 1 } }, {}],
    ['cache, which is off', { cache: false }, {}],
    ['issuer', {}, { issuer: `${ISSUER}/` }],
    ['audiences of the issuer', {}, { additionalAudiences: ['a'] }],
    ['mode', {}, { verification: 'hybrid' }],
    ['confirmation', {}, { confirm: 'never' }],
    ['algorithms', {}, { algorithms: ['ES256'] }],
    ['keys', {}, { keys: { keys: [{ kty: 'x' }] } }],
    ['client of introspection', {}, introspecting({ clientId: 'other' })],
    ['endpoint of introspection', {}, introspecting({ endpoint: ISSUER })],
    ['a new option of introspection', {}, introspecting({ later: 1 })],
    ['name of the profile', {}, profiled({ name: 'x' })],
    ['required claims', {}, profiled({ requiredClaims: ['x'] })],
    ['scope claims', {}, profiled({ scopeClaims: ['x'] })],
    ['scope prefix', {}, profiled({ scopePrefix: 'x' })],
    ['client id claims', {}, profiled({ clientIdClaims: ['x'] })],
    ['roles', {}, profiled({ rolesOf: () => [] })],
    ['type', {}, profiled({ checkType: () => {} })],
    ['generic audiences', {}, profiled({ genericAudiences: ['x'] })],
    ['audience substitutes', {}, profiled({ audienceSubstitutes: ['client-id'] })],
    ['lightweight tokens', {}, profiled({ isLightweight: () => true })],
    ['confirmation notes', {}, profiled({ confirmationNotes: ['x'] })],
    ['introspection texts', {}, profiled({ introspectionTexts: ['x'] })],
  ])('RFC7662-4 S1.11: is another one with another %s', (_what, settings, issuer) => {
    expect(scopeOf(settings, issuer)).not.toBe(scopeOf())
  })

  it('RFC7662-4 S1.11: is another one with another issuer beside, and in another order', () => {
    const [one, two] = [{}, { issuer: 'https://other.example' }]
    const scopes = [
      scopeOf({}, one),
      scopeOf({}, one, two),
      scopeOf({}, two, one),
      scopeOf({}, two),
    ]
    expect(new Set(scopes).size).toBe(4)
  })

  it('RFC7662-4: goes by the text of a function', () => {
    const [one, same, other] = [() => [], () => [], () => ['a']]
    const of = (rolesOf: () => string[]) => scopeOf({}, profiled({ rolesOf }))
    expect(of(one)).toBe(of(same))
    expect(of(one)).not.toBe(of(other))
  })

  it.each<[string, object, object]>([
    ['bounds of the cache', { cache: { ...CACHE_DEFAULTS, maxEntries: 5 } }, {}],
    ['a setting of another part', { requiredScopes: ['a'] }, {}],
    ['secret', {}, introspecting({ clientSecret: 'rotated' })],
    ['client key', {}, introspecting({ clientKey: 'x' })],
    ['client certificate', {}, introspecting({ clientCertificate: 'x' })],
    ['client assertion', {}, introspecting({ clientAssertion: 'x' })],
    ['way to authenticate', {}, introspecting({ authentication: 'x' })],
    ['cadence of key sets', {}, { keySet: { maxAge: 5 } }],
    ['inspection', {}, { inspect: () => {} }],
    ['hints', {}, profiled({ hints: { inactive: () => 'x' } })],
    ['reading of refused exchanges', {}, profiled({ readExchangeRefusal: () => undefined })],
    [
      'order of members',
      {},
      { introspection: Object.fromEntries(Object.entries(parsed ?? {}).reverse()) },
    ],
    ['the profile of the default, given', {}, { profile: rfc9068Profile }],
  ])('is the same with another %s', (_what, settings, issuer) => {
    expect(scopeOf(settings, issuer)).toBe(scopeOf())
  })
})
