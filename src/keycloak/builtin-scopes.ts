import type {
  ClientScopeRepresentation,
  ProtocolMapperRepresentation,
  ScopeMapping,
} from './realm-representation.ts'

/**
 * The client scopes that Keycloak gives to every new realm, except to one that is imported with
 * client scopes of its own: such a realm has those alone, and without `basic` no token has a `sub`.
 * So the recipe restates them. Those for SAML are left out.
 */
export const BUILT_IN_SCOPES: readonly ClientScopeRepresentation[] = [
  scope('basic', [
    mapper('sub', 'oidc-sub-mapper', { id: false }),
    note('auth_time', 'AUTH_TIME', 'auth_time', 'long'),
  ]),
  scope('acr', [mapper('acr loa level', 'oidc-acr-mapper')]),
  scope('web-origins', [
    mapper('allowed web origins', 'oidc-allowed-origins-mapper', { id: false }),
  ]),
  scope(
    'roles',
    [
      mapper('audience resolve', 'oidc-audience-resolve-mapper', { id: false }),
      roles('realm roles', 'oidc-usermodel-realm-role-mapper', 'realm_access.roles'),
      roles(
        'client roles',
        'oidc-usermodel-client-role-mapper',
        // Keycloak's own placeholder.
        `resource_access.$\{client_id}.roles`,
      ),
    ],
    { consent: 'roles' },
  ),
  scope(
    'profile',
    [
      mapper('full name', 'oidc-full-name-mapper', { userinfo: true }),
      attribute('username', 'username', 'preferred_username'),
      attribute('given name', 'firstName', 'given_name'),
      attribute('family name', 'lastName', 'family_name'),
      ...[
        'nickname',
        'profile',
        'picture',
        'website',
        'gender',
        'birthdate',
        'zoneinfo',
        'locale',
      ].map((name) => attribute(name, name, name)),
      attribute('middle name', 'middleName', 'middle_name'),
      attribute('updated at', 'updatedAt', 'updated_at', 'long'),
    ],
    { inToken: true, consent: 'profile' },
  ),
  scope(
    'email',
    [
      attribute('email', 'email', 'email'),
      attribute(
        'email verified',
        'emailVerified',
        'email_verified',
        'boolean',
        'oidc-usermodel-property-mapper',
      ),
    ],
    { inToken: true, consent: 'email' },
  ),
  scope(
    'phone',
    [
      attribute('phone number', 'phoneNumber', 'phone_number'),
      attribute('phone number verified', 'phoneNumberVerified', 'phone_number_verified', 'boolean'),
    ],
    { inToken: true, consent: 'phone' },
  ),
  scope(
    'address',
    [
      mapper('address', 'oidc-address-mapper', {
        userinfo: true,
        config: Object.fromEntries(
          ['formatted', 'street', 'locality', 'region', 'postal_code', 'country'].map((part) => [
            `user.attribute.${part}`,
            part,
          ]),
        ),
      }),
    ],
    { inToken: true, consent: 'address' },
  ),
  scope('offline_access', [], { inToken: true, consent: 'offlineAccess' }),
  scope('service_account', [
    note('Client ID', 'client_id', 'client_id'),
    note('Client Host', 'clientHost', 'clientHost'),
    note('Client IP Address', 'clientAddress', 'clientAddress'),
  ]),
  scope(
    'microprofile-jwt',
    [
      attribute('upn', 'username', 'upn'),
      roles('groups', 'oidc-usermodel-realm-role-mapper', 'groups', true),
    ],
    { inToken: true },
  ),
]

/** What Keycloak gives of them to every client, unasked. */
export const BUILT_IN_DEFAULTS = [
  'basic',
  'acr',
  'web-origins',
  'roles',
  'profile',
  'email',
] as const

/** And when a client asks. */
export const BUILT_IN_OPTIONALS = [
  'phone',
  'address',
  'offline_access',
  'microprofile-jwt',
] as const

/** Without it nobody is given an offline token. */
export const BUILT_IN_SCOPE_MAPPINGS: readonly ScopeMapping[] = [
  { clientScope: 'offline_access', roles: ['offline_access'] },
]

function scope(
  name: string,
  protocolMappers: readonly ProtocolMapperRepresentation[],
  { inToken = false, consent }: { inToken?: boolean; consent?: string } = {},
): ClientScopeRepresentation {
  return {
    name,
    protocol: 'openid-connect',
    attributes: {
      'include.in.token.scope': String(inToken),
      'display.on.consent.screen': String(consent !== undefined),
      // Keycloak's own placeholder, for a text in the user's language.
      ...(consent === undefined ? {} : { 'consent.screen.text': `$\{${consent}ScopeConsentText}` }),
    },
    protocolMappers,
  }
}

interface MapperOptions {
  /** Whether ID tokens get it too; default `true`. */
  readonly id?: boolean
  /** Whether the answer of the userinfo endpoint gets it; default `false`. */
  readonly userinfo?: boolean
  readonly config?: Readonly<Record<string, string>>
}

function mapper(
  name: string,
  protocolMapper: string,
  { id = true, userinfo = false, config = {} }: MapperOptions = {},
): ProtocolMapperRepresentation {
  return {
    name,
    protocol: 'openid-connect',
    protocolMapper,
    config: {
      ...config,
      'access.token.claim': 'true',
      'introspection.token.claim': 'true',
      ...(id ? { 'id.token.claim': 'true' } : {}),
      ...(userinfo ? { 'userinfo.token.claim': 'true' } : {}),
    },
  }
}

function attribute(
  name: string,
  of: string,
  claim: string,
  type = 'String',
  kind = 'oidc-usermodel-attribute-mapper',
): ProtocolMapperRepresentation {
  return mapper(name, kind, {
    userinfo: true,
    config: { 'user.attribute': of, 'claim.name': claim, 'jsonType.label': type },
  })
}

function note(
  name: string,
  of: string,
  claim: string,
  type = 'String',
): ProtocolMapperRepresentation {
  return mapper(name, 'oidc-usersessionmodel-note-mapper', {
    config: { 'user.session.note': of, 'claim.name': claim, 'jsonType.label': type },
  })
}

function roles(
  name: string,
  protocolMapper: string,
  claim: string,
  id = false,
): ProtocolMapperRepresentation {
  return mapper(name, protocolMapper, {
    id,
    config: { 'claim.name': claim, 'jsonType.label': 'String', multivalued: 'true' },
  })
}
