import type { RealmAllowances } from './realm-allowances.ts'
import type { RealmRegistration } from './realm-options.ts'
import type {
  ClientPoliciesRepresentation,
  ClientPolicyCondition,
  ClientPolicyRepresentation,
  ClientProfileRepresentation,
  ClientProfilesRepresentation,
} from './realm-representation.ts'
import { PROGRAM_SCOPE } from './realm-scopes.ts'

/** The client profiles and client policies of a realm. @internal */
export interface Policies {
  readonly clientProfiles: ClientProfilesRepresentation
  readonly clientPolicies: ClientPoliciesRepresentation
}

/** Options of {@link realmPolicies}. @internal */
export interface RealmPolicyOptions {
  readonly allow: RealmAllowances
  readonly registration: RealmRegistration
  /** Whether one of the realm's clients has the password grant. */
  readonly passwordGrant: boolean
}

const REFUSE = 'mcp: refuse'

/** This condition applies when a client is registered or changed without a token of an administrator. */
const REGISTRANT: ClientPolicyCondition = {
  condition: 'client-updater-context',
  configuration: { 'update-client-source': ['ByAnonymous', 'ByRegistrationAccessToken'] },
}

const ANY_CLIENT: ClientPolicyCondition = { condition: 'any-client', configuration: {} }

/**
 * This condition applies to clients that are not marked as a program. The mark is a scope, because
 * someone who registers a client can choose its attributes and roles, but not this scope.
 */
const NO_PROGRAM: ClientPolicyCondition = {
  condition: 'client-scopes',
  configuration: { type: 'Default', scopes: [PROGRAM_SCOPE], 'is-negative-logic': true },
}

const grant = (...grants: readonly string[]): ClientPolicyCondition => ({
  condition: 'grant-type',
  configuration: { grant_types: grants },
})

const TOKEN_EXCHANGE = 'urn:ietf:params:oauth:grant-type:token-exchange'
const JWT_BEARER = 'urn:ietf:params:oauth:grant-type:jwt-bearer'
const DEVICE_CODE = 'urn:ietf:params:oauth:grant-type:device_code'

/** Makes the policies of a new realm, for all of its clients. @internal */
export function realmPolicies(options: RealmPolicyOptions): Policies {
  const { allow, registration } = options
  const { documentHosts = [], trustedHosts = [] } = registration
  return collected([
    rule('mcp: no implicit grant', [executor('reject-implicit-grant', AUTO)], [ANY_CLIENT]),
    options.passwordGrant
      ? undefined
      : rule('mcp: no password grant', [executor('reject-ropc-grant', AUTO)], [ANY_CLIENT]),
    allow.codesWithoutPkce
      ? undefined
      : rule('mcp: PKCE with S256', [executor('pkce-enforcer', AUTO)], [ANY_CLIENT]),
    ...refusedGrants(allow, []),
    allow.secretsForRegisteredClients
      ? undefined
      : refusal('mcp: registered clients are public', [
          REGISTRANT,
          {
            condition: 'client-access-type',
            configuration: { type: ['confidential', 'bearer-only'] },
          },
        ]),
    // With document hosts this rule is left out, because it would refuse every client that has a
    // metadata document.
    allow.urlsOfRegisteredClients || documentHosts.length > 0
      ? undefined
      : rule(
          'mcp: registered clients name no foreign URLs',
          [
            executor('secure-client-uris-pattern', {
              'client-uri-fields': FETCHED,
              'allowed-patterns': ['(?!)'],
            }),
            executor('secure-client-uris-pattern', {
              'client-uri-fields': SHOWN,
              'allowed-patterns': trustedHosts.map(urlPattern),
            }),
          ],
          [REGISTRANT],
        ),
    documentHosts.length === 0 ? undefined : documents(registration),
  ])
}

/** Makes the policies for an existing realm. They apply only to requests for the scopes of one server. @internal */
export function scopePolicies(
  allow: RealmAllowances,
  server: string,
  scopes: readonly string[],
): Policies {
  const serverScopes: ClientPolicyCondition = {
    condition: 'client-scopes',
    configuration: { type: 'Any', scopes },
  }
  return collected([
    rule(
      `mcp: no implicit grant: ${server}`,
      [executor('reject-implicit-grant', { 'auto-configure': false })],
      [grant('authorization_code', 'implicit'), serverScopes],
    ),
    allow.codesWithoutPkce
      ? undefined
      : rule(
          `mcp: PKCE with S256: ${server}`,
          [executor('pkce-enforcer', { 'auto-configure': false })],
          [grant('authorization_code', 'implicit'), serverScopes],
        ),
    ...refusedGrants(allow, [serverScopes], server),
  ])
}

function refusedGrants(
  allow: RealmAllowances,
  more: readonly ClientPolicyCondition[],
  server?: string,
): readonly (Rule | undefined)[] {
  const named = (name: string): string => (server === undefined ? name : `${name}: ${server}`)
  const assertions = allow.deviceGrant ? [JWT_BEARER] : [JWT_BEARER, DEVICE_CODE]
  return [
    refusal(named('mcp: no device and no assertion grant'), [grant(...assertions), ...more]),
    allow.serviceAccountsOfStrangers
      ? undefined
      : refusal(named('mcp: no service accounts of strangers'), [
          grant('client_credentials'),
          NO_PROGRAM,
          ...more,
        ]),
    allow.tokenExchangeOfStrangers
      ? undefined
      : refusal(named('mcp: no token exchange of strangers'), [
          grant(TOKEN_EXCHANGE),
          NO_PROGRAM,
          ...more,
        ]),
  ]
}

const AUTO = { 'auto-configure': true }

/** Members of a client with URLs that Keycloak calls, or origins that may read Keycloak's answers. */
const FETCHED = [
  'adminUrl',
  'backchannelLogoutUrl',
  'cibaClientNotificationEndpoint',
  'jwksUri',
  'requestUris',
  'sectorIdentifierUri',
  'webOrigins',
]

/** Members of a client with URLs that Keycloak shows to users. */
const SHOWN = ['rootUrl', 'baseUrl', 'logoUri', 'policyUri', 'tosUri']

/** Makes a Java regular expression for the URLs of a host. */
function urlPattern(host: string): string {
  const quoted = host.replace(/[.\\+*?[\](){}^$|-]/g, '\\$&')
  return `https?://${quoted}(:\\d+)?([/?#].*)?`
}

/** Makes the policy for clients whose id is the URL of their metadata (Keycloak's feature cimd). */
function documents(registration: RealmRegistration): Rule {
  const { documentHosts = [], insecureDocuments = false } = registration
  return rule(
    'mcp: clients by metadata document',
    [
      executor('client-id-metadata-document', {
        'cimd-allow-http-scheme': insecureDocuments,
        'cimd-allow-permitted-domains': documentHosts,
        'cimd-restrict-same-domain': false,
        'cimd-required-properties': [],
        'only-allow-confidential-client': false,
      }),
    ],
    [
      {
        condition: 'client-id-uri',
        configuration: {
          'client-id-uri-scheme': insecureDocuments ? ['https', 'http'] : ['https'],
          'client-id-uri-allow-permitted-domains': documentHosts,
        },
      },
    ],
  )
}

interface Rule {
  readonly profile: ClientProfileRepresentation
  readonly policy: ClientPolicyRepresentation
}

type Executor = ClientProfileRepresentation['executors'][number]

const executor = (name: string, configuration: Executor['configuration']): Executor => ({
  executor: name,
  configuration,
})

function rule(
  name: string,
  executors: readonly Executor[],
  conditions: readonly ClientPolicyCondition[],
  profile = name,
): Rule {
  return {
    profile: { name: profile, executors },
    // STRICT means: if one condition does not fit an event, the policy does not apply. By default
    // Keycloak would ignore such a condition, and the refusal of one grant would refuse every grant.
    policy: { name, enabled: true, mode: 'STRICT', conditions, profiles: [profile] },
  }
}

const refusal = (name: string, conditions: readonly ClientPolicyCondition[]): Rule =>
  rule(name, [executor('reject-request', {})], conditions, REFUSE)

function collected(rules: readonly (Rule | undefined)[]): Policies {
  const wanted = rules.filter((entry) => entry !== undefined)
  const profiles = new Map(wanted.map(({ profile }) => [profile.name, profile]))
  return {
    clientProfiles: { profiles: [...profiles.values()] },
    clientPolicies: { policies: wanted.map(({ policy }) => policy) },
  }
}
