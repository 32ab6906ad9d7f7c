import type { FindingKind } from '../finding.ts'

/** Findings about an authorization server, as this server reaches it with its own configuration. @internal */
export const ISSUER_FINDINGS = {
  DISCOVERY_UNREACHABLE: {
    severity: 'fault',
    meaning: 'This server cannot reach the authorization server, so it answers 503 to every token.',
    remedy:
      'Check the host and the port of the issuer, the network, and the proxy between the two. Run the doctor on the machine of the MCP server.',
  },
  DISCOVERY_NOT_FOUND: {
    severity: 'fault',
    meaning: 'There is no metadata for this issuer, so the keys and the endpoints are unknown.',
    remedy:
      'Compare the whole URL of the issuer, including its path, with `issuer` in the metadata of the authorization server. If a proxy keeps /.well-known/ to itself, let it pass these addresses on.',
  },
  DISCOVERY_OF_ANOTHER_ISSUER: {
    severity: 'fault',
    meaning:
      'Issuers are compared to the letter, so this metadata is not used, and this server answers 503 to every token.',
    remedy:
      'If the other name is the right one, configure it as the issuer. If it is only one of several names of the authorization server, give that server one public name.',
  },
  DISCOVERY_UNREADABLE: {
    severity: 'fault',
    meaning: 'The authorization server answers, but not with metadata that can be used.',
    remedy: 'Open the addresses in a browser. An error page often comes from a proxy.',
  },
  SIGNING_KEYS_UNAVAILABLE: {
    severity: 'fault',
    meaning: 'Without the keys no signature can be verified, so this server answers 503.',
    remedy: 'Check `jwks_uri` of the metadata, or the option `jwksUri`.',
  },
  SIGNING_KEYS_UNUSABLE: {
    severity: 'fault',
    meaning:
      'No key of the set can verify a signature. Keys for encryption, symmetric keys and weak keys do not count.',
    remedy:
      'Give the authorization server a signing key (RSA with 2048 bits, EC or Ed25519), and compare the option `algorithms` with the algorithms of its keys.',
  },
  INTROSPECTION_REFUSED: {
    severity: 'fault',
    meaning:
      'The authorization server does not accept the credentials of this server, so this server answers 503 to every token that must be introspected.',
    remedy: 'Copy the client id and the secret anew, and check how the client authenticates.',
  },
  INTROSPECTION_FORBIDDEN: {
    severity: 'fault',
    meaning: 'The client of this server may not introspect tokens.',
    remedy:
      'Give the client the right to introspect. In Keycloak switch Client authentication on: a public client may not introspect.',
  },
  INTROSPECTION_UNAVAILABLE: {
    severity: 'fault',
    meaning:
      'The introspection endpoint gives no usable answer, so this server answers 503 to every token that must be introspected.',
    remedy:
      'Check `introspection_endpoint` of the metadata, or the option `introspection.endpoint`, and the log of the authorization server.',
  },
  INTROSPECTION_ACCEPTS_ANYTHING: {
    severity: 'fault',
    meaning: 'The endpoint called a made-up token active. Strangers could get in.',
    remedy:
      'Set `introspection.endpoint` to the right URL. What answers there now is no introspection endpoint.',
  },
  CLIENT_AUTHENTICATION_FAILED: {
    severity: 'fault',
    meaning: 'This server cannot authenticate at the authorization server.',
    remedy:
      'Check the credential, and the methods in `token_endpoint_auth_methods_supported` of the metadata.',
  },
  CLOCK_DIFFERS: {
    severity: 'fault',
    meaning:
      'If the clock of this machine is behind, fresh tokens are refused. If it is ahead, tokens are refused before they expire.',
    remedy: 'Let both machines take their time from the network (NTP).',
  },
  LOGOUT_NOT_OFFERED: {
    severity: 'fault',
    meaning:
      'The metadata does not say that the authorization server sends logout tokens, so ended sessions may stay unnoticed.',
    remedy:
      'Check whether the authorization server supports OpenID Connect Back-Channel Logout, or use introspection.',
  },
  STREAM_NOT_OFFERED: {
    severity: 'fault',
    meaning: 'No security events come, so ended sessions stay unnoticed until introspection.',
    remedy:
      'Switch security events on at the authorization server: in Keycloak the feature ssf and the realm attribute ssf.transmitterEnabled.',
  },
  STREAM_REFUSED: {
    severity: 'fault',
    meaning: 'The client of this server may not manage its stream of security events.',
    remedy:
      'Give the client a service account with the scopes ssf.manage and ssf.read, and in Keycloak the attribute ssf.enabled.',
  },
  STREAM_MISSING: {
    severity: 'warning',
    meaning: 'No security events come before the stream is created.',
    remedy:
      'A server with the option `securityEvents.client` creates the stream when it starts. If it runs already, its log says why it could not. Or use `mcp-resource-server stream create`.',
  },
  STREAM_PAUSED: {
    severity: 'fault',
    meaning: 'The stream is paused, so no security events come. They may be kept for later.',
    remedy: 'Use `mcp-resource-server stream status --set enabled`.',
  },
  STREAM_DISABLED: {
    severity: 'fault',
    meaning: 'The stream is disabled, so no security events come, and none are kept.',
    remedy: 'Use `mcp-resource-server stream status --set enabled`.',
  },
  STRANGER_REGISTERED: {
    severity: 'warning',
    meaning:
      'Anybody can register a client, whose redirect URI is on any host, and ask users for consent (S1.10).',
    remedy:
      'Let only trusted hosts register clients, or nobody: in Keycloak by the client registration policy Trusted Hosts.',
  },
  STRANGER_NOT_DELETED: {
    severity: 'warning',
    meaning: 'The client that the doctor registered is still there.',
    remedy: 'Delete the client at the authorization server.',
  },
} as const satisfies Readonly<Record<string, FindingKind>>
