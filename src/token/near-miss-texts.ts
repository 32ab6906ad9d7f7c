import type { NearMiss } from '../errors/reasons.ts'

/** What a near miss means, and what the operator can do. */
interface NearMissText {
  readonly cause: string
  readonly cure: string
}

const SAME_AUDIENCE =
  'audiences are compared to the letter: use one spelling in `resource`, in the clients and at the ' +
  'authorization server, or list this audience in `additionalAudiences`'

const SAME_ISSUER =
  'issuers are compared to the letter: configure the issuer as the metadata of the authorization server ' +
  'spells it'

const OTHER_ADDRESS =
  'the authorization server writes the address at which it was asked into its tokens: give it one fixed ' +
  'public address, or configure the issuer that the tokens have'

const TEXTS: Readonly<Record<NearMiss, NearMissText>> = {
  audience_scheme: {
    cause: 'the audience is this server with another scheme',
    cure: SAME_AUDIENCE,
  },
  audience_loopback: {
    cause: 'the audience is this server under another name of the loopback address',
    cure: SAME_AUDIENCE,
  },
  audience_port: {
    cause:
      'the audience is this host with another port: another server there, or `resource` has a port that clients do not use',
    cure: SAME_AUDIENCE,
  },
  audience_origin: {
    cause:
      'the audience is the bare origin of this server: some clients ask for the origin as `resource`',
    cure: 'let the client ask for `resource` as the metadata has it; list the origin in `additionalAudiences` only if no other server at this origin must refuse these tokens',
  },
  audience_slash: { cause: 'they differ by a final slash', cure: SAME_AUDIENCE },
  audience_case: { cause: 'they differ in upper and lower case', cure: SAME_AUDIENCE },
  audience_spelling: {
    cause:
      'they are two spellings of one URL, for example with a percent-encoding, a default port or a final "?"',
    cure: SAME_AUDIENCE,
  },
  audience_several: {
    cause:
      'the token names this server and others, and `exclusiveAudience` refuses it: the client asked for no `resource`, or the authorization server ignores it',
    cure: 'use a client that sends `resource`, and let the authorization server narrow the audience to it',
  },
  audience_client: {
    cause:
      "the audience is the client's own id: the client asked for no `resource`, or the authorization server ignores it",
    cure: 'let the authorization server add this audience by a scope that the client gets, or use a client that sends `resource`',
  },
  audience_generic: {
    cause:
      'the audience is a name that tokens for many servers have, and nothing added this server',
    cure: 'let the authorization server add this audience by a scope that the client gets; never accept a generic audience',
  },
  issuer_scheme: { cause: 'they differ by http and https', cure: OTHER_ADDRESS },
  issuer_loopback: { cause: 'they are two names of the loopback address', cure: OTHER_ADDRESS },
  issuer_port: { cause: 'they differ by the port', cure: OTHER_ADDRESS },
  issuer_host: {
    cause:
      'the path is the same at another host: perhaps an internal address of the authorization server',
    cure: OTHER_ADDRESS,
  },
  issuer_realm: {
    cause: 'the issuer is another realm or tenant of the same server',
    cure: 'let the client log in where the metadata of this server says; configure the other issuer too only if its users may call this server',
  },
  issuer_slash: { cause: 'they differ by a final slash', cure: SAME_ISSUER },
  issuer_case: { cause: 'they differ in upper and lower case', cure: SAME_ISSUER },
  issuer_spelling: { cause: 'they are two spellings of one URL', cure: SAME_ISSUER },
  scope_lost: {
    cause:
      'an earlier token of the same client and user had the missing scope: some clients refresh without `scope`, and some authorization servers then give fewer scopes',
    cure: 'let the authorization server keep the scopes at a refresh, or name them in `initialScopes`; if the user took the consent back, the refusal is right',
  },
  request_path: {
    cause:
      'clients refuse metadata whose `resource` has another path than the URL that they were given',
    cure: 'make `resource` the URL that clients are given, and route its path itself as well as the paths below it; ignore this if a proxy changes the path',
  },
}

/**
 * The cause and the cure of a near miss, as the end of a message to the operator. An empty text if nothing
 * was recognised.
 *
 * @internal
 */
export function nearMissText(nearMiss: NearMiss | undefined): string {
  if (nearMiss === undefined) return ''
  const { cause, cure } = TEXTS[nearMiss]
  return `; ${cause}. To mend it: ${cure}`
}

/** What the operator can do about a near miss. @internal */
export function cureOf(nearMiss: NearMiss): string {
  return TEXTS[nearMiss].cure
}
