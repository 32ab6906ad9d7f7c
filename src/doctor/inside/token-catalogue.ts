import type { FindingKind } from '../finding.ts'

/** Findings about a token. Each is of a rule of the gate, or of what introspection says. @internal */
export const TOKEN_FINDINGS = {
  TOKEN_UNREADABLE: {
    severity: 'fault',
    meaning: 'This is not a token that this server can read.',
    remedy:
      'Pass on the access token as the client got it, without "Bearer", quotes or line breaks. An opaque token needs introspection.',
  },
  TOKEN_SIGNATURE_UNVERIFIED: {
    severity: 'fault',
    meaning:
      'No key of the issuer verifies the signature: the token is of another server, or was changed.',
    remedy:
      'Get a fresh token. If fresh tokens fail too, compare `kid` and `alg` of the token with the key set, and with the option `algorithms`.',
  },
  TOKEN_OF_ANOTHER_ISSUER: {
    severity: 'fault',
    meaning: 'The token is of an issuer that this server does not know by this name.',
    remedy:
      'Configure the issuer exactly as the metadata of the authorization server writes it. If the token has an internal host name, give the authorization server one public name: in Keycloak by --hostname.',
  },
  TOKEN_OF_ANOTHER_KIND: {
    severity: 'fault',
    meaning: 'The token is no access token by the rules of the profile.',
    remedy:
      'Send the access token, not the ID token, refresh token or logout token. If it is the access token, choose the profile of the authorization server.',
  },
  TOKEN_WITHOUT_AUDIENCE: {
    severity: 'fault',
    meaning: 'The token does not say for which server it is, so every server has to refuse it.',
    remedy:
      'Let the authorization server add the audience. In Keycloak: assign a scope with an audience mapper to the client, and let the client ask for the scope.',
  },
  TOKEN_AUDIENCE_NEARLY: {
    severity: 'fault',
    meaning: 'The audience nearly names this server. Audiences are compared to the letter.',
    remedy: 'Use one spelling in `resource`, in the clients and at the authorization server.',
  },
  TOKEN_FOR_ANOTHER_SERVER: {
    severity: 'fault',
    meaning: 'The token is not for this server, or not only for this server.',
    remedy:
      'Let the client ask for a scope that adds the audience of this server, or send `resource`. Do not accept the other audience.',
  },
  TOKEN_CLAIM_MISSING: {
    severity: 'fault',
    meaning: 'The token lacks a claim that the profile requires, or the claim has a wrong type.',
    remedy: 'Let the authorization server add the claim, or choose the profile of that server.',
  },
  TOKEN_EXPIRED: {
    severity: 'fault',
    meaning: 'The token has expired, so the doctor cannot say what would be refused besides.',
    remedy: 'Run the doctor with a fresh token.',
  },
  TOKEN_FROM_THE_FUTURE: {
    severity: 'fault',
    meaning: 'By the clock of this machine, the token is not valid yet.',
    remedy: 'Compare the clocks of this machine and of the authorization server.',
  },
  TOKEN_LIVES_TOO_LONG: {
    severity: 'fault',
    meaning: 'The token lives longer than `maxTokenLifetime` allows.',
    remedy: 'Give the client of the token a shorter lifetime, or raise `maxTokenLifetime`.',
  },
  TOKEN_LIVES_LONG: {
    severity: 'warning',
    meaning:
      'A stolen token is of use until it expires, and nothing limits the lifetime that this server accepts (S1.2).',
    remedy: 'Give access tokens minutes, and set `maxTokenLifetime`.',
  },
  TOKEN_BOUND: {
    severity: 'warning',
    meaning:
      'The token is bound to a key or certificate. Only a client that proves possession can use it, so the doctor has not tried it at the gate.',
    remedy:
      'Check that the option `dpop` or `clientCertificate` accepts such tokens. For a bearer token let the client send no DPoP proof to the authorization server.',
  },
  TOKEN_NOT_BOUND: {
    severity: 'fault',
    meaning: 'With `dpop: required` this server refuses tokens that are not bound to a DPoP key.',
    remedy: 'Use a client with a DPoP key, or set `dpop` to `accepted`.',
  },
  TOKEN_INACTIVE: {
    severity: 'fault',
    meaning:
      'The authorization server calls the token inactive: its session ended, it was revoked, its user is disabled, or the token is not for the client that asks. The answer gives no reason.',
    remedy: 'Log in again, and run the doctor with the fresh token.',
  },
  TOKEN_UNCHECKED: {
    severity: 'fault',
    meaning:
      'The token could not be checked, because the authorization server gave no usable answer.',
    remedy: 'Mend the findings about the authorization server first.',
  },
  TOKEN_REFUSED: {
    severity: 'fault',
    meaning: 'This server refuses the token.',
    remedy: 'What was seen says why. `mcp-resource-server explain` lists every rule.',
  },
  TOKEN_SCOPE_MISSING: {
    severity: 'fault',
    meaning: 'The token lacks a scope that every request needs, so the client gets 403.',
    remedy:
      'Let the client ask for the scope. If it did: the user may lack a role for the scope, or the scope is not assigned to the client.',
  },
  TOKEN_WITHOUT_SESSION: {
    severity: 'warning',
    meaning:
      'The token names no session (`sid`), so a logout token that names only the session does not end it.',
    remedy: 'Let the authorization server add `sid` to access tokens, and `sub` to logout tokens.',
  },
  TOKEN_OF_UNHEARD_CLIENT: {
    severity: 'warning',
    meaning:
      'Logout tokens are accepted for other clients only, so a logout of the user of this token is not noticed.',
    remedy:
      'Add the client to `backchannelLogout.clientIds`, and give it the back-channel logout URL of this server.',
  },
} as const satisfies Readonly<Record<string, FindingKind>>
