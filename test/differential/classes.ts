import type { Verdict } from './verifiers.ts'

export interface Verdicts {
  readonly ours: Verdict
  readonly jose: Verdict
  readonly oauth4webapi: Verdict
}

/** A kind of disagreement in which ours refuses on purpose what another one accepts. */
export interface DisagreementClass {
  readonly name: string
  /** Matches the reason of ours, a colon, and its message. */
  readonly ours: RegExp
  /** Where the rule comes from. */
  readonly rule: string
  /** Why ours refuses. */
  readonly why: string
}

/** Every known disagreement. A verdict that fits none of these is a failure of the comparison. */
export const CLASSES: readonly DisagreementClass[] = [
  {
    name: 'a member twice',
    ours: /^token_malformed: (?:header|payload): an object names a member twice/,
    rule: 'RFC 7515 §4, RFC 7519 §4, RFC 8725 §2.4',
    why: 'A gateway that takes the first of two members would check other claims.',
  },
  {
    name: 'nested deeply',
    ours: /^token_malformed: (?:header|payload): nested too deeply/,
    rule: 'RFC 8259 §9',
    why: 'No real token is nested more than 64 deep. Recursive functions of an application could fail.',
  },
  {
    name: 'base64url in another spelling',
    ours: /^token_malformed: (?:header|payload|signature): not base64url/,
    rule: 'RFC 7515 §2, RFC 4648 §3.5',
    why: 'One token must have one text. Otherwise lists of revoked tokens and caches could be passed by.',
  },
  {
    name: 'not JSON for ours',
    ours: /^token_malformed: (?:header|payload): not JSON in UTF-8/,
    rule: 'RFC 7515 §5.2, RFC 8259 §8.1',
    why: 'A byte order mark or broken UTF-8 is read in different ways.',
  },
  {
    name: 'a header member of the wrong type',
    ours: /^token_malformed: header: "(?:alg|kid|typ)" is not/,
    rule: 'RFC 7515 §4.1.1, §4.1.4, §4.1.9',
    why: 'These members are strings. A `kid` of more than 256 characters names no key.',
  },
  {
    name: 'critical header',
    ours: /^critical_header_refused:/,
    rule: 'RFC 7515 §4.1.11, RFC 7797 §7',
    why: 'Ours supports no extension, and `b64` must not be used in a JWT.',
  },
  {
    name: 'encryption in the header',
    ours: /^token_encrypted:/,
    rule: 'RFC 7516 §4.1.2',
    why: 'A signed token with `enc` says two things about itself.',
  },
  {
    name: 'too long',
    ours: /^token_too_long:/,
    rule: 'option `maxTokenLength`',
    why: 'The work for a token is bounded. The others have no limit.',
  },
  {
    name: 'issued in the future',
    ours: /^token_issued_in_future:/,
    rule: 'RFC 7519 §4.1.6',
    why: 'The clocks differ, or the token is not what it seems.',
  },
  {
    name: 'a date out of range',
    ours: /^claim_malformed: "(?:exp|nbf|iat)" is not a NumericDate/,
    rule: 'RFC 7519 §2',
    why: 'A negative date, or one that has no exact number, is an error of the issuer.',
  },
  {
    name: 'a claim that must be a string',
    ours: /^claim_malformed: "(?:sub|jti|client_id|azp)" is not a string/,
    rule: 'RFC 7519 §4.1.2, §4.1.7, RFC 8693 §4.3',
    why: 'An application compares these claims as strings.',
  },
  {
    name: 'a claim that must be a string or a list',
    ours: /^claim_malformed: "(?:aud|scope)" is neither a string nor a list of strings/,
    rule: 'RFC 7519 §4.1.3, RFC 8693 §4.2',
    why: 'A value that is partly readable must not grant anything.',
  },
  {
    name: 'another kind of token',
    ours: /^token_type_refused:/,
    rule: 'RFC 8725 §3.11, §3.12, RFC 8417 §4.5',
    why: 'A security event or logout token is no access token, though the same key signed it.',
  },
  {
    name: 'a bound token as a bearer token',
    ours: /^sender_constraint_unmet:/,
    rule: 'RFC 9449 §7.1, RFC 8705 §3',
    why: 'Nobody has proved the possession of the key.',
  },
  {
    name: 'an unknown confirmation',
    ours: /^confirmation_unknown:|^claim_malformed: "cnf"/,
    rule: 'RFC 7800 §3.1',
    why: 'A restriction that cannot be enforced refuses the token.',
  },
  {
    name: 'a required claim is null or empty',
    ours: /^(?:claim_missing|issuer_missing|audience_missing):/,
    rule: 'RFC 9068 §2.2',
    why: 'A claim without a value is no claim.',
  },
  {
    name: 'several keys fit',
    ours: /^key_ambiguous:/,
    rule: 'RFC 7515 §4.1.4',
    why: 'Ours does not guess among keys.',
  },
  {
    name: 'an unusable key',
    ours: /^option: .*must hold a key that can verify|^key_set_unavailable: .*no key that can verify/,
    rule: 'RFC 7517 §4, RFC 7518 §6, RFC 8725 §3.1, §3.2, §3.5',
    why: 'Members of the key have the wrong type or contradict each other, or a private key was published.',
  },
  {
    name: 'a key that was skipped',
    ours: /^key_unknown:/,
    rule: 'RFC 7517 §5',
    why: 'The key of the token is unusable, as above. Ours keeps the other keys of the set.',
  },
  {
    name: 'a key set of the wrong form',
    ours: /^option: /,
    rule: 'RFC 7517 §5',
    why: '`keys` must be a list of keys, with the types of RFC 7517.',
  },
]

/**
 * The name of the class of a disagreement; `undefined` if no class fits. If ours accepts, at least one other must
 * accept too. What the third one says then decides the class.
 */
export function classOf({ ours, jose, oauth4webapi }: Verdicts): string | undefined {
  if (ours !== undefined) return CLASSES.find((one) => one.ours.test(ours))?.name
  if (jose !== undefined && oauth4webapi !== undefined) return undefined
  return LOOSER.find(({ verdict }) => verdict.test(jose ?? oauth4webapi ?? ''))?.name
}

/** Classes of disagreements in which ours and one other accept. There are none. */
export const LOOSER: readonly {
  readonly name: string
  /** Matches what the one that refuses says. */
  readonly verdict: RegExp
  readonly rule: string
  readonly why: string
}[] = []
