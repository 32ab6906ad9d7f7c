import type { FindingKind } from '../finding.ts'

/** What can be wrong with the MCP server itself, seen from outside. @internal */
export const SERVER_FINDINGS = {
  SERVER_UNREACHABLE: {
    severity: 'fault',
    meaning: 'No client that runs where the doctor runs can use the server.',
    remedy: 'Check the URL, that the server runs, and the proxies and firewalls in between.',
  },
  SERVER_UNTRUSTED: {
    severity: 'fault',
    meaning: 'Clients refuse the connection, because the TLS certificate does not hold.',
    remedy:
      'Install a certificate for this name with its whole chain. If your own authority signed it, start the doctor and the clients with NODE_EXTRA_CA_CERTS.',
  },
  CALL_NOT_ANSWERED: {
    severity: 'fault',
    meaning:
      'The server answers other requests, but not this one. A client that sends it waits for nothing, and what the server would say to it is unknown.',
    remedy:
      "Look into the server's log for an error, and check the proxies in between. Then run the doctor again.",
  },
  CERTIFICATE_ENDS_SOON: {
    severity: 'warning',
    meaning: 'When the certificate has expired, every client refuses the connection.',
    remedy: 'Renew the certificate, and find out why it was not renewed by itself.',
  },
  PLAIN_HTTP: {
    severity: 'fault',
    meaning: 'Everybody on the network can read the access tokens and use them.',
    remedy: 'Serve the MCP server over https. Plain http is for loopback only.',
  },
  ANSWERED_WITHOUT_TOKEN: {
    severity: 'fault',
    meaning: 'Everybody can use the server: this address does not ask for an access token.',
    remedy:
      'Put the gate in front of this route, before the handler. Check the order of the middleware and the paths in the proxy.',
  },
  NOT_CHALLENGED: {
    severity: 'fault',
    meaning:
      'Clients begin to log in only after a 401. They take another status for an error and stop.',
    remedy: 'Answer every request without a token with 401 and a WWW-Authenticate field.',
  },
  REDIRECTED: {
    severity: 'fault',
    meaning:
      'Clients do not follow a redirect of a POST, or drop the Authorization field on the way.',
    remedy: 'Give clients the final URL, and let the server answer there without a redirect.',
  },
  CHALLENGE_MISSING: {
    severity: 'fault',
    meaning: 'A client cannot find out where to log in (RFC 6750 §3, RFC 9728 §5.1).',
    remedy:
      'Send WWW-Authenticate: Bearer with resource_metadata on each 401. If the server sends it, a proxy removes it.',
  },
  CHALLENGE_MALFORMED: {
    severity: 'fault',
    meaning: 'Clients cannot read the challenge.',
    remedy:
      'Send one challenge of the scheme Bearer, with its parameters in quotes and separated by commas.',
  },
  CHALLENGE_WITHOUT_METADATA: {
    severity: 'warning',
    meaning:
      'Clients must guess where the metadata is. Some only use the address in the challenge.',
    remedy: 'Name the metadata document in the parameter resource_metadata (RFC 9728 §5.1).',
  },
  CHALLENGE_WITHOUT_SCOPE: {
    severity: 'warning',
    meaning:
      'Clients do not learn from the challenge which scopes to ask for. Some then ask for every scope, others for none.',
    remedy: 'Name the scopes of a first login in the parameter scope of the challenge.',
  },
  CHALLENGE_NAMES_ERROR: {
    severity: 'warning',
    meaning:
      'The caller sent no token, so no token was wrong (RFC 6750 §3.1). Some clients throw their login away at invalid_token.',
    remedy: 'Leave the parameter error out of the challenge if the request has no token.',
  },
  GARBAGE_ACCEPTED: {
    severity: 'fault',
    meaning: 'The server does not verify access tokens. Everybody can make one up.',
    remedy: 'Verify the signature, the issuer, the audience and the expiry of each token.',
  },
  GARBAGE_NOT_CHALLENGED: {
    severity: 'fault',
    meaning:
      'Clients log in again only after a 401. With another status they keep a bad token for ever, or report a broken server.',
    remedy:
      'Answer a token that is not valid with 401 and error="invalid_token". Look into the server\'s log for the error behind this status.',
  },
  TOKENS_NOT_CHECKED_NOW: {
    severity: 'fault',
    meaning:
      'The server cannot check tokens at the moment, so it refuses the good ones too. Most often it cannot reach its authorization server.',
    remedy:
      "Look into the server's log. From the server's machine, fetch the authorization server's metadata and keys.",
  },
  INVALID_TOKEN_NOT_SAID: {
    severity: 'warning',
    meaning: 'A client cannot tell a token that has expired from a missing one (RFC 6750 §3.1).',
    remedy: 'Add error="invalid_token" to the challenge if the request has a token.',
  },
  TOKEN_REPEATED: {
    severity: 'fault',
    meaning: 'The answer contains the token that was sent. Logs and error pages then keep tokens.',
    remedy: 'Answer with a general message, and never with parts of the request.',
  },
  TOKEN_IN_QUERY: {
    severity: 'fault',
    meaning:
      'The server reads tokens from the query. Access logs, proxies and browsers store URLs, and the tokens with them. MCP forbids it.',
    remedy: 'Read access tokens from the Authorization field only.',
  },
  ERROR_LEAKS: {
    severity: 'warning',
    meaning: 'The answer tells strangers how the server is built.',
    remedy: 'Answer with a general message and an id, and log the details under the same id.',
  },
  GIVEN_TOKEN_REFUSED: {
    severity: 'fault',
    meaning: 'The server refuses the given token, so a client with such a token logs in for ever.',
    remedy:
      "Run mcp-resource-server explain with the token and the server's configuration: it says which rule is broken.",
  },
  GIVEN_TOKEN_LACKS_SCOPE: {
    severity: 'fault',
    meaning: 'The server knows the given token, but the token may not do this.',
    remedy:
      'Ask for the scopes that the challenge names, and check that this client may have them.',
  },
  GIVEN_TOKEN_LIVES_LONG: {
    severity: 'warning',
    meaning: 'A stolen token can be used until it expires.',
    remedy:
      'Shorten the lifetime of access tokens at the authorization server, and cap what the server accepts by maxTokenLifetime.',
  },
  NEIGHBOUR_UNPROTECTED: {
    severity: 'fault',
    meaning:
      'Another spelling of the path reaches the MCP server without a token, so the protection can be passed by.',
    remedy: 'Protect the path and everything below it with the same gate.',
  },
  NEIGHBOUR_REDIRECTS: {
    severity: 'warning',
    meaning:
      'A client that is set up with this spelling is redirected, and loses its Authorization field or its body.',
    remedy: 'Answer both spellings alike, or answer the other one with 404.',
  },
  HOST_TRUSTED: {
    severity: 'fault',
    meaning:
      'A caller decides which addresses the server names. Through a cache, a stranger can send the clients of others to an authorization server of his own.',
    remedy:
      'Configure the URL of the resource. Do not make it from Host, Forwarded or X-Forwarded-Host.',
  },
  PREFLIGHT_REFUSED: {
    severity: 'fault',
    meaning: 'Browsers do not send the requests of this origin.',
    remedy:
      'Allow the origin (allowedOrigins), the method POST and the field Authorization in the answer to OPTIONS, which has no token. A wildcard does not cover Authorization.',
  },
  ORIGIN_REFUSED: {
    severity: 'fault',
    meaning: 'Scripts of this origin cannot read the answers of the server.',
    remedy: 'Allow the origin (allowedOrigins). Error answers need the CORS fields too.',
  },
  CHALLENGE_HIDDEN: {
    severity: 'warning',
    meaning:
      'Scripts in browsers cannot read the challenge, so a client in a browser cannot log in.',
    remedy: 'Add WWW-Authenticate to Access-Control-Expose-Headers on each 401.',
  },
  CREDENTIALS_SHARED: {
    severity: 'warning',
    meaning: 'Every page may send requests with the cookies of its visitor, and read the answers.',
    remedy: 'Do not send Access-Control-Allow-Credentials. MCP clients need no cookies.',
  },
} as const satisfies Readonly<Record<string, FindingKind>>
