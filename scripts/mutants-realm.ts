import type { Mutant } from './mutants-list.ts'

/** What the realm recipe writes. That it holds is shown by `npm run test:keycloak`. */
export const REALM_MUTANTS: readonly Mutant[] = [
  {
    name: 'realm: a misspelt option is passed over',
    file: 'src/keycloak/assert-realm-options.ts',
    find: "  readOptions('keycloakRealm', schema, options)\n",
    replace: '',
  },
  {
    name: 'realm: a copy that a registrant made is taken for a client of the recipe',
    file: 'src/keycloak/assert-same.ts',
    find: '.filter((name) => scopes.has(name))',
    replace: '.filter(() => false)',
  },
  {
    name: 'realm: every client of the realm gets the scopes',
    file: 'src/keycloak/realm.ts',
    find: 'const byDefault = toEveryone ? serverDefaults : []',
    replace: 'const byDefault = serverDefaults',
  },
  {
    name: 'realm: every client of the realm may ask for the scopes',
    file: 'src/keycloak/realm.ts',
    find: 'const optional = toEveryone || allow.scopesForClientsThatAsk ? names : []',
    replace: 'const optional = names',
  },
  {
    name: 'realm: a registrant may call itself a program',
    file: 'src/keycloak/realm.ts',
    find: 'name !== PROGRAM_SCOPE &&',
    replace: '',
  },
  {
    name: 'realm: what is there already is passed over',
    file: 'src/keycloak/realm.ts',
    find: "ifResourceExists: 'FAIL',",
    replace: "ifResourceExists: 'SKIP',",
  },
  {
    name: 'realm: offline sessions for everybody',
    file: 'src/keycloak/realm.ts',
    find: '...(allow.offlineSessions ? parts : withoutOfflineSessions(parts)),',
    replace: '...parts,',
  },
  {
    name: 'realm: a token without `resource` names one audience',
    file: 'src/keycloak/realm-scopes.ts',
    find: 'resourceIndicators && !allow.tokensWithoutResource',
    replace: 'false && allow.tokensWithoutResource',
  },
  {
    name: 'realm: the decoy may be an audience of a server',
    file: 'src/keycloak/profile.ts',
    find: '[...BUILT_IN_CLIENTS, DECOY_AUDIENCE]',
    replace: '[...BUILT_IN_CLIENTS]',
  },
  {
    name: 'realm: a condition that does not apply is passed over',
    file: 'src/keycloak/realm-policies.ts',
    find: "mode: 'STRICT',",
    replace: "mode: 'DEFAULT',",
  },
  {
    name: 'realm: no program is refused its service account',
    file: 'src/keycloak/realm-policies.ts',
    find: "configuration: { type: 'Default', scopes: [PROGRAM_SCOPE], 'is-negative-logic': true },",
    replace: "configuration: { type: 'Default', scopes: [PROGRAM_SCOPE] },",
  },
  {
    name: 'realm: the device grant',
    file: 'src/keycloak/realm-policies.ts',
    find: 'allow.deviceGrant ? [JWT_BEARER] : [JWT_BEARER, DEVICE_CODE]',
    replace: '[JWT_BEARER]',
  },
  {
    name: 'realm: a host with a dot stands for other hosts',
    file: 'src/keycloak/realm-policies.ts',
    find: "host.replace(/[.\\\\+*?[\\](){}^$|-]/g, '\\\\$&')",
    replace: 'host',
  },
  {
    name: 'realm: consent is not asked for',
    file: 'src/keycloak/realm-clients.ts',
    find: 'client.consent ?? (redirectUris.length > 0 && !client.passwordGrant)',
    replace: 'client.consent ?? false',
  },
  {
    name: 'realm: refresh tokens are used again',
    file: 'src/keycloak/realm-sessions.ts',
    find: 'revokeRefreshToken: !allow.refreshTokenReuse,',
    replace: 'revokeRefreshToken: false,',
  },
  {
    name: 'realm: any password',
    file: 'src/keycloak/realm-sessions.ts',
    find: '...(allow.anyPassword ? {} : { passwordPolicy: PASSWORD_POLICY }),',
    replace: '',
  },
  {
    name: 'realm: offline sessions have no end',
    file: 'src/keycloak/realm-sessions.ts',
    find: 'offlineSessionMaxLifespanEnabled: !allow.endlessOfflineSessions,',
    replace: 'offlineSessionMaxLifespanEnabled: false,',
  },
  {
    name: 'realm: the server is told nothing of a sole audience',
    file: 'src/keycloak/keycloak-options-for.ts',
    find: '      exclusiveAudience: true,\n',
    replace: '',
  },
  {
    name: 'realm: a loosening is not warned of',
    file: 'src/keycloak/realm-warnings.ts',
    find: '.filter((name) => allow[name])',
    replace: '.filter((name) => allow[name] && false)',
  },
  {
    name: 'realm: a name that is taken is passed over',
    file: 'src/keycloak/assert-same.ts',
    find: 'if (JSON.stringify(partOf(other)) !== JSON.stringify(partOf(one))) {',
    replace: "if (JSON.stringify(partOf(other)) === '') {",
  },
  {
    name: 'realm: a client with another secret is taken for ours',
    file: 'src/keycloak/assert-same.ts',
    find: '  client.secret,\n',
    replace: '',
  },
]
