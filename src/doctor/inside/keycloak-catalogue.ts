import type { FindingKind } from '../finding.ts'

/** Findings that only a Keycloak realm can cause. @internal */
export const KEYCLOAK_FINDINGS = {
  KEYCLOAK_REALM_UNKNOWN: {
    severity: 'fault',
    meaning: 'Keycloak has no realm of this name, or this is no Keycloak.',
    remedy:
      'Check that the realm exists and is spelt like this, upper and lower case included, and that the path before /realms/ is right.',
  },
  KEYCLOAK_HOSTNAME_NOT_FIXED: {
    severity: 'fault',
    meaning:
      'Keycloak takes its name from the request. Tokens that were issued at one address are refused, or inactive, at another one.',
    remedy: 'Start Keycloak with --hostname and the public URL.',
  },
  KEYCLOAK_PROFILE_MISSING: {
    severity: 'warning',
    meaning:
      'This is a Keycloak, and the strict profile refuses the access tokens of people that Keycloak issues by default.',
    remedy: 'Use `keycloak()`, or MCP_PROFILE=keycloak.',
  },
  KEYCLOAK_MASTER_REALM: {
    severity: 'warning',
    meaning: 'Whoever administers users of the realm master administers Keycloak itself.',
    remedy: 'Make another realm for your users.',
  },
  KEYCLOAK_BUILT_IN_CLIENT: {
    severity: 'warning',
    meaning: 'This client has rights and audiences of its own, which this server does not need.',
    remedy: 'Make a client for this server.',
  },
  KEYCLOAK_NO_INTROSPECTION: {
    severity: 'warning',
    meaning: 'Lightweight tokens are refused, and an ended session is noticed only at `exp`.',
    remedy:
      "Give this server a client: `clientId` and `clientSecret`. If this is intended, set verification: 'jwt'.",
  },
  KEYCLOAK_NEVER_CONFIRMED: {
    severity: 'warning',
    meaning: 'An ended session is noticed only when the token expires.',
    remedy: 'Leave `confirm` out, or set it to a number of seconds.',
  },
  KEYCLOAK_SCOPE_UNKNOWN: {
    severity: 'fault',
    meaning: 'No client can get a scope that every request needs.',
    remedy: 'Create the scope as a client scope, or correct `requiredScopes`.',
  },
  KEYCLOAK_SCOPE_BY_DEFAULT: {
    severity: 'warning',
    meaning: 'Every client of the realm gets tokens for this server, also one that never asked.',
    remedy:
      'Take the scope out of the default scopes of the realm, and assign it to the clients of this server.',
  },
  KEYCLOAK_NO_RESOURCE_INDICATORS: {
    severity: 'warning',
    meaning:
      'Nothing binds a token to one of several servers. A realm that was written for resource-indicators then gives every token the audience urn:mcp:no-resource, and a server with `exclusiveAudience` refuses every token.',
    remedy:
      'Start Keycloak with --features=resource-indicators, or have no other servers in the realm and write it without.',
  },
  KEYCLOAK_TOKEN_WITHOUT_RESOURCE: {
    severity: 'warning',
    meaning:
      'A token that was requested without `resource` is accepted, so it is not bound to this server.',
    remedy:
      'Set `exclusiveAudience`, and give the scopes of this server the second audience urn:mcp:no-resource, as the recipe does.',
  },
  KEYCLOAK_RESOURCE_NOT_SENT: {
    severity: 'fault',
    meaning:
      'The client sent no `resource`, or it refreshed an offline token. If every token is like this, Keycloak runs without its feature resource-indicators.',
    remedy:
      'Use a client that sends `resource` (RFC 8707). Start Keycloak with --features=resource-indicators, or write the realm without.',
  },
  KEYCLOAK_RESOURCE_UNKNOWN: {
    severity: 'fault',
    meaning: 'Clients that send `resource`, as MCP clients do, get no token.',
    remedy:
      'Set the attribute resource_url of a client in `aud` to the `resource`: in the recipe it is the client of this server.',
  },
  KEYCLOAK_INTROSPECTION_NOT_NARROWED: {
    severity: 'warning',
    meaning:
      'Keycloak does not narrow `aud` in introspection answers, so `exclusiveAudience` refuses tokens that are for this server only.',
    remedy: 'Use verification: hybrid.',
  },
  KEYCLOAK_CLIENT_NOT_IN_AUDIENCE: {
    severity: 'fault',
    meaning:
      'Keycloak (since 26.6.2) calls every token inactive whose `aud` does not name the client that asks.',
    remedy:
      'Name the client of this server after the `resource`, or add an Audience mapper with Included Client Audience to the scopes. With resource-indicators only the first helps.',
  },
  KEYCLOAK_FULL_SCOPE: {
    severity: 'warning',
    meaning:
      'The token has the audience account: Full scope allowed is on at its client, so the token carries every role of the user.',
    remedy: 'Switch Full scope allowed off at the client.',
  },
  KEYCLOAK_BASIC_SCOPE_MISSING: {
    severity: 'fault',
    meaning:
      'The realm has no scope `basic`, so tokens have no `sub`. It was probably imported with client scopes of its own.',
    remedy:
      'Import what the recipe writes, or create the built-in scope `basic` with its mapper for `sub`.',
  },
  KEYCLOAK_ROLES_SCOPE_MISSING: {
    severity: 'warning',
    meaning: 'The realm has no scope `roles`, so tokens have no roles.',
    remedy: 'Import what the recipe writes, or create the built-in scope `roles`.',
  },
  KEYCLOAK_NO_SUBJECT: {
    severity: 'fault',
    meaning: 'The token does not say whose it is: its client lacks the scope `basic`.',
    remedy: 'Assign the scope `basic` as default to the client.',
  },
  KEYCLOAK_LIGHTWEIGHT_TOKEN: {
    severity: 'fault',
    meaning: 'The token is lightweight: only introspection tells its `sub`, `aud` and roles.',
    remedy:
      'Give this server a client, so that it can introspect, or switch lightweight tokens off at the client of the token.',
  },
  KEYCLOAK_SCOPE_NOT_IN_TOKEN: {
    severity: 'fault',
    meaning:
      'The token is for this server, but names none of its scopes: Include in token scope is probably off.',
    remedy: 'Switch Include in token scope on at the client scope.',
  },
} as const satisfies Readonly<Record<string, FindingKind>>
