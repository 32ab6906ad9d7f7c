import type { FindingKind } from '../finding.ts'

/** What can be wrong with the metadata of the MCP server (RFC 9728). @internal */
export const METADATA_FINDINGS = {
  METADATA_MISSING: {
    severity: 'fault',
    meaning: 'Clients cannot find out which authorization server issues tokens for this server.',
    remedy:
      "Serve the document at the path-inserted address, without a token. Mount the gate's endpoints before other routes, and pass /.well-known/ on in the proxy.",
  },
  METADATA_ELSEWHERE: {
    severity: 'fault',
    meaning:
      'The challenge names an address at another origin. Clients that compare refuse it. The usual cause is a proxy: the server names its inner address.',
    remedy: 'Configure the public URL of the server as its resource.',
  },
  METADATA_UNREADABLE: {
    severity: 'fault',
    meaning: 'Clients cannot read the metadata document.',
    remedy:
      'Answer 200 with one JSON object. A redirect or a page in HTML comes from a proxy or from another route.',
  },
  METADATA_MEDIA_TYPE: {
    severity: 'warning',
    meaning: 'Some clients read the document only as application/json (RFC 9728 §3.2).',
    remedy: 'Send Content-Type: application/json.',
  },
  METADATA_NOT_AT_PATH: {
    severity: 'warning',
    meaning:
      'Clients that do not use the address of the challenge look at the path-inserted address first (RFC 9728 §3.1).',
    remedy: 'Serve the document there too.',
  },
  METADATA_NOT_AT_ROOT: {
    severity: 'warning',
    meaning: 'Some older clients look for the document at the root of the host only.',
    remedy: 'Serve the document there too, unless another server has that host.',
  },
  METADATA_DIFFERS: {
    severity: 'fault',
    meaning: 'Clients that look at different addresses find different documents.',
    remedy: 'Serve the same document at every address.',
  },
  RESOURCE_MISMATCH: {
    severity: 'fault',
    meaning:
      'Clients must refuse metadata whose resource is not the URL that they use (RFC 9728 §3.3), or get tokens for another audience, which the server refuses.',
    remedy:
      'Configure the resource exactly as clients write the URL: scheme, host, port, path and slash.',
  },
  RESOURCE_IS_PARENT: {
    severity: 'warning',
    meaning:
      'Tokens are for everything below that URL, and strict clients refuse the document. Many clients accept it.',
    remedy: 'Configure the whole URL of the MCP server as its resource.',
  },
  AUTHORIZATION_SERVERS_MISSING: {
    severity: 'fault',
    meaning: 'Clients do not know where to log in. MCP requires at least one authorization server.',
    remedy: 'List the issuer in authorization_servers.',
  },
  AUTHORIZATION_SERVERS_MANY: {
    severity: 'warning',
    meaning:
      'Clients choose one of them, most often the first. The doctor has examined only the first ones.',
    remedy: 'List only the authorization servers that clients of this server use.',
  },
  OTHER_ISSUER_CONFIGURED: {
    severity: 'fault',
    meaning:
      'The server that runs sends clients to another authorization server than the given configuration trusts. Tokens of the one are refused by the other.',
    remedy:
      'Compare the issuers to the letter, the realm included. If they are right, the server runs with another configuration.',
  },
  METADATA_MEMBER_WRONG: {
    severity: 'fault',
    meaning: 'A member of the document has a wrong type. Clients may refuse the whole document.',
    remedy: 'Write it as RFC 9728 §2 says.',
  },
  TOKEN_ELSEWHERE_OFFERED: {
    severity: 'warning',
    meaning:
      'The document invites clients to send tokens in the query or in the body, where logs keep them. MCP forbids it.',
    remedy: 'Set bearer_methods_supported to ["header"].',
  },
  HEADER_NOT_OFFERED: {
    severity: 'fault',
    meaning: 'The document says that tokens in the Authorization field are not accepted.',
    remedy: 'Set bearer_methods_supported to ["header"], or leave it out.',
  },
  METADATA_HIDDEN: {
    severity: 'warning',
    meaning:
      'Scripts in browsers cannot read the document, so a client in a browser cannot log in.',
    remedy: 'Send Access-Control-Allow-Origin: * with the document, which is public.',
  },
  DPOP_CHALLENGE_MISSING: {
    severity: 'warning',
    meaning: 'The metadata requires DPoP, but the challenge does not offer it. Clients try Bearer.',
    remedy: 'Send a challenge of the scheme DPoP with algs (RFC 9449 §7.1).',
  },
  DPOP_ALGORITHMS_UNSAFE: {
    severity: 'fault',
    meaning: 'DPoP proofs need an asymmetric algorithm (RFC 9449 §5).',
    remedy: 'Remove none and the HS algorithms.',
  },
  DPOP_ALGORITHMS_DISJOINT: {
    severity: 'fault',
    meaning: 'No algorithm suits both servers, so no client can use DPoP here.',
    remedy: 'Let both servers accept one common algorithm, such as ES256.',
  },
  DPOP_NOT_ISSUED: {
    severity: 'fault',
    meaning:
      'The server requires tokens that are bound to a DPoP key, and the authorization server does not say that it issues them.',
    remedy: 'Switch DPoP on at the authorization server, or do not require it here.',
  },
} as const satisfies Readonly<Record<string, FindingKind>>
