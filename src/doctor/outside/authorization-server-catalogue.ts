import type { FindingKind } from '../finding.ts'

/** What can be wrong with an authorization server, seen from outside. @internal */
export const AUTHORIZATION_SERVER_FINDINGS = {
  AUTHORIZATION_SERVER_OUT_OF_REACH: {
    severity: 'fault',
    meaning:
      'The document names an address that its readers must not call, for example one on their own machine or in their own network. The doctor did not call it.',
    remedy: 'Name the public https URL of the authorization server.',
  },
  AUTHORIZATION_SERVER_PLAIN_HTTP: {
    severity: 'fault',
    meaning: 'Everybody on the network can replace the keys and read codes and tokens.',
    remedy: 'Serve the authorization server over https.',
  },
  AUTHORIZATION_SERVER_INVALID: {
    severity: 'fault',
    meaning: 'The entry is no issuer identifier, so clients cannot find the authorization server.',
    remedy:
      'Write the issuer exactly as the authorization server does: an https URL without query.',
  },
  AUTHORIZATION_SERVER_UNREACHABLE: {
    severity: 'fault',
    meaning: 'Clients cannot log in, and this server cannot get keys.',
    remedy: 'Check the issuer, that the authorization server runs, and the network in between.',
  },
  AUTHORIZATION_SERVER_UNTRUSTED: {
    severity: 'fault',
    meaning: 'Clients refuse the connection, because the TLS certificate does not hold.',
    remedy:
      'Install a certificate for this name with its whole chain. If your own authority signed it, start the doctor and the clients with NODE_EXTRA_CA_CERTS.',
  },
  ISSUER_METADATA_MISSING: {
    severity: 'fault',
    meaning: 'Clients find no metadata for this issuer, and cannot log in.',
    remedy:
      'Check the whole issuer, including its path, such as /realms/<name> of Keycloak. Open its /.well-known/openid-configuration.',
  },
  ISSUER_METADATA_UNREADABLE: {
    severity: 'fault',
    meaning: 'Clients cannot read the metadata of the authorization server.',
    remedy: 'Answer 200 with one JSON object, without a redirect.',
  },
  ISSUER_METADATA_APPENDED: {
    severity: 'fault',
    meaning:
      'RFC 8414 §3.1 puts the well-known part before the path of the issuer. MCP clients do not look behind it.',
    remedy: 'Serve the document at the inserted address, or as OpenID configuration.',
  },
  ISSUER_METADATA_DIFFERS: {
    severity: 'warning',
    meaning: 'Clients that look at different addresses use different endpoints or keys.',
    remedy: 'Serve the same endpoints at every address.',
  },
  ISSUER_MISMATCH: {
    severity: 'fault',
    meaning:
      'Clients must refuse metadata of another issuer (RFC 8414 §3.3), and tokens of that issuer are refused.',
    remedy:
      'Write the issuer in authorization_servers and in the options exactly as the authorization server writes it: scheme, host, port, path and slash.',
  },
  PKCE_MISSING: {
    severity: 'fault',
    meaning:
      'MCP clients must refuse an authorization server whose metadata does not name S256: without PKCE, a stolen code is as good as a login.',
    remedy: 'Switch PKCE with S256 on, so that code_challenge_methods_supported names S256.',
  },
  ENDPOINT_MISSING: {
    severity: 'fault',
    meaning: 'Clients cannot log in without this endpoint.',
    remedy: 'Publish the endpoint in the metadata of the authorization server.',
  },
  ENDPOINT_INSECURE: {
    severity: 'fault',
    meaning: 'Codes, tokens or keys travel where others can read or replace them.',
    remedy: 'Publish https URLs. Behind a proxy, tell the authorization server its public URL.',
  },
  REGISTRATION_OPEN: {
    severity: 'warning',
    meaning:
      'If anonymous registration has no policy, everybody can register a client with redirect URIs of his own and phish the users. The policies show only when somebody tries.',
    remedy:
      'Find out with --try-registration. Restrict registration to trusted hosts, or use client id metadata documents or clients that are registered beforehand, and switch it off.',
  },
  SCOPE_UNKNOWN: {
    severity: 'warning',
    meaning:
      'The authorization server does not list a scope that clients are told to ask for. It may refuse the login with invalid_scope, or leave the scope out.',
    remedy: 'Create the scope at the authorization server, or correct its name in the options.',
  },
  KEYS_UNREACHABLE: {
    severity: 'fault',
    meaning: 'Nobody can verify the tokens of this authorization server.',
    remedy: 'Open the jwks_uri of the metadata, and correct it.',
  },
  KEYS_UNREADABLE: {
    severity: 'fault',
    meaning: 'Nobody can verify the tokens of this authorization server.',
    remedy: 'Answer the jwks_uri with 200 and a JWK Set (RFC 7517 §5), without a redirect.',
  },
  KEYS_UNUSABLE: {
    severity: 'fault',
    meaning: 'No key of the set can verify a signature, so every token is refused.',
    remedy:
      'Publish a key for an asymmetric algorithm: RSA with 2048 bits or more, P-256, P-384, P-521 or Ed25519.',
  },
  KEY_PRIVATE: {
    severity: 'fault',
    meaning: 'The private part of a key is published. Everybody can make tokens.',
    remedy:
      'Replace the key now, remove it from the set, and treat every token that it has signed as forged.',
  },
  KEY_WEAK: {
    severity: 'warning',
    meaning: 'The key is too weak to trust. Tokens that it has signed are refused.',
    remedy: 'Replace the key by a stronger one and remove it from the set.',
  },
  KEY_ID_REPEATED: {
    severity: 'fault',
    meaning: 'Nobody can tell which key has signed a token, so such tokens are refused.',
    remedy: 'Give each key of the set a kid of its own.',
  },
  ISSUER_METADATA_HIDDEN: {
    severity: 'warning',
    meaning:
      'Scripts of this origin cannot read the metadata of the authorization server, so a client in a browser cannot log in.',
    remedy: 'Allow the origin at the authorization server (Keycloak: Web origins of the client).',
  },
} as const satisfies Readonly<Record<string, FindingKind>>
