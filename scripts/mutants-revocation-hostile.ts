import type { Mutant } from './mutants-list.ts'

/** What outsiders and other clients can send to the receivers of revocations. */
export const REVOCATION_HOSTILE_MUTANTS: readonly Mutant[] = [
  {
    name: 'revocation: a token of a registrant with chosen claims logs everybody out',
    file: 'src/keycloak/admin-actions.ts',
    find: 'if (ofToken !== undefined) throw',
    replace: 'if (ofToken === "") throw',
  },
  {
    name: 'revocation: a token of a registrant with chosen claims is a logout token',
    file: 'src/revocation/logout-token.ts',
    find: "if (!SAYS_LOGOUT.test(type ?? '')) checkNoOtherToken(claims)",
    replace: '',
  },
  {
    name: 'revocation: an access token without a claim typ is a logout token',
    file: 'src/revocation/logout-token.ts',
    find: 'if (other !== undefined) throw',
    replace: "if (other === 'none') throw",
  },
  {
    name: 'revocation: a token says what it is, and nobody looks',
    file: 'src/revocation/logout-token.ts',
    find: "if (typ !== 'Logout') throw",
    replace: 'if (typ === 1) throw',
  },
  {
    name: 'revocation: a message that comes again is applied before it is refused',
    file: 'src/revocation/receiver.ts',
    find: 'if (await parts.replays.has(id)) throw receivedBefore()',
    replace: '',
  },
  {
    name: 'revocation: a message may live longer than it is remembered',
    file: 'src/revocation/pushed-revocations.ts',
    find: 'if (expiresAt + clockTolerance > now + longestTokenLife) {',
    replace: 'if (expiresAt > now * 2 + longestTokenLife) {',
  },
  {
    name: 'revocation: strangers make a message with a new key a refused one',
    file: 'src/revocation/signed-message.ts',
    find: '(error.later ?? error)',
    replace: 'error',
  },
  {
    name: 'revocation: every unknown key is worth another try',
    file: 'src/authorization-server/key-set.ts',
    find: 'look === 0 ? options.unknownKeyCoolDown : undefined',
    replace: 'options.unknownKeyCoolDown',
  },
  {
    name: 'revocation: whoever hangs up makes operators believe that a source has failed',
    file: 'src/revocation/receiver.ts',
    find: "error.reason === 'request_aborted'",
    replace: "error.reason === 'policy_failed'",
  },
  {
    name: 'revocation: another instance does not know which messages were received',
    file: 'src/storage/shared-replay-store.ts',
    find: 'return (await answered(store.get(this.#keyOf(id)))) !== undefined',
    replace: 'return false',
  },
  {
    name: 'stream: a transmitter elsewhere makes this server call services of its own machine',
    file: 'src/authorization-server/transmitter/transmitter-metadata.ts',
    find: 'allowInsecureHttp || !isPlain(url) || isPlain(document)',
    replace: 'allowInsecureHttp || !isPlain(url) || !isPlain(document)',
  },
]
