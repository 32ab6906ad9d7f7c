import type { Mutant } from './mutants-list.ts'

const STORE = 'src/storage/memory-replay-store.ts'
const FORGOTTEN = 'src/storage/forgotten-slots.ts'
const USED = 'src/sender-constraint/used-proofs.ts'
const FRESHNESS = 'src/sender-constraint/proof-freshness.ts'
const NONCES = 'src/sender-constraint/nonces.ts'
const DPOP = 'src/sender-constraint/dpop.ts'
const OPTIONS = 'src/sender-constraint/assert-dpop-options.ts'
const SCHEMA = 'src/sender-constraint/options-schema.ts'
const MODE = 'src/gate/assert-dpop-mode.ts'

/** Used proofs, their time and nonces, and the options for them. */
export const REPLAY_MUTANTS: readonly Mutant[] = [
  // the memory of used proofs
  {
    name: 'replay: a used id is new',
    file: STORE,
    find: 'if (ids.has(id)) return false',
    replace: '',
  },
  {
    name: 'replay: an id is known in its own slot only',
    file: STORE,
    find: 'if (ids.has(id)) return false',
    replace: 'if (this.#slots.get(this.#slotAt(until))?.ids.has(id)) return false',
  },
  {
    name: 'replay: an id whose slot was dropped is new',
    file: STORE,
    find: 'if (this.#forgotten.has(at)) {',
    replace: 'if (at < 0) {',
  },
  {
    name: 'replay: a dropped slot is not remembered',
    file: STORE,
    find: 'this.#forgotten.add(at)',
    replace: '',
  },
  {
    name: 'replay: a slot is dropped while its ids count',
    file: STORE,
    find: 'if (at >= current && at <= current + SLOTS + 1) continue',
    replace: 'if (at > current && at <= current + SLOTS + 1) continue',
  },
  {
    name: 'replay: ids that end far ahead stay for ever',
    file: STORE,
    find: 'if (at >= current && at <= current + SLOTS + 1) continue',
    replace: 'if (at >= current) continue',
  },
  {
    name: 'replay: ids are never dropped',
    file: STORE,
    find: 'this.#slots.delete(at)',
    replace: 'continue',
  },
  {
    name: 'replay: the memory has no bound',
    file: STORE,
    find: 'if (this.#size < max) return',
    replace: 'if (this.#size >= 0) return',
  },
  {
    name: 'replay: one subject may fill the memory',
    file: STORE,
    find: 'if (owned >= share) {',
    replace: 'if (owned < 0) {',
  },
  {
    name: 'replay: joined ranges leave the slots between them out',
    file: FORGOTTEN,
    find: '[lower[0], upper[1]]',
    replace: '[upper[0], upper[1]]',
  },
  // the step that remembers a proof
  {
    name: 'replay: a proof of another key is the same proof',
    file: USED,
    find: 'digestOf(JSON.stringify([thumbprint, jti]))',
    replace: 'digestOf(JSON.stringify([jti]))',
  },
  {
    name: 'replay: a subject with many clients has many shares',
    file: USED,
    find: '[issuer, subject]),',
    replace: '[issuer, subject, clientId]),',
  },
  {
    name: 'replay: what is not false is new',
    file: USED,
    find: 'if (isNew === true) return',
    replace: 'if (isNew !== false) return',
  },
  {
    name: 'replay: the store is told the `jti`',
    file: USED,
    find: 'digestOf(JSON.stringify([thumbprint, jti]))',
    replace: 'JSON.stringify([thumbprint, jti])',
  },
  {
    name: 'replay: the message of the store is told',
    file: USED,
    find: 'storeFaultOf(cause)}',
    replace: '(cause as Error)?.message}',
  },
  {
    name: 'replay: a slow store is waited for without limit',
    file: USED,
    find: 'inTime(Promise.resolve(isNew), LONGEST_WAIT, tooSlow)',
    replace: 'inTime(Promise.resolve(isNew), LONGEST_WAIT * 100, tooSlow)',
  },
  {
    name: 'replay: the operator is not warned',
    file: USED,
    find: "if (error.reason === 'replay_store_failed') {",
    replace: "if (error.reason === 'closed') {",
  },
  {
    name: 'replay: proofs with a nonce are forgotten before the nonce ends',
    file: DPOP,
    find: "nonce.mode === 'when-asked' ? 3 * nonce.lifetime : 0",
    replace: '0',
  },
  // time and nonces
  {
    name: 'freshness: an old proof is good',
    file: FRESHNESS,
    find: '&& now <= until) {',
    replace: ') {',
  },
  {
    name: 'freshness: a proof from the future is good',
    file: FRESHNESS,
    find: 'if (now >= (issuedAt - maxClockDifference) * 1000 && now',
    replace: 'if (now',
  },
  {
    name: 'freshness: a proof need not have the nonce that is required',
    file: FRESHNESS,
    find: "if (nonceMode === 'when-asked') return undefined",
    replace: 'return undefined',
  },
  {
    name: 'freshness: a wrong nonce is as good as none',
    file: FRESHNESS,
    find: 'if (accepted !== undefined) return accepted',
    replace: "if (accepted !== undefined || nonceMode === 'when-asked') return accepted",
  },
  {
    name: 'freshness: a required nonce replaces `iat`',
    file: FRESHNESS,
    find: "if (nonceMode === 'when-asked' && accepted !== undefined) {",
    replace: 'if (accepted !== undefined) {',
  },
  {
    name: 'freshness: a proof with a nonce counts as long as its `iat`',
    file: FRESHNESS,
    find: 'return { until: accepted.until, needsNonce }',
    replace: 'return { until: (issuedAt + maxClockDifference) * 1000, needsNonce }',
  },
  {
    name: 'nonces: of two slots ago',
    file: NONCES,
    find: '[slot, slot + 1, slot - 1]',
    replace: '[slot, slot + 1, slot - 1, slot - 2]',
  },
  {
    name: 'nonces: the clock of another instance must not be ahead',
    file: NONCES,
    find: '[slot, slot + 1, slot - 1]',
    replace: '[slot, slot - 1]',
  },
  {
    name: 'nonces: the previous one is refused',
    file: NONCES,
    find: '[slot, slot + 1, slot - 1]',
    replace: '[slot, slot + 1]',
  },
  {
    name: 'nonces: of any resource',
    file: NONCES,
    find: ', slot, this.#resource])',
    replace: ', slot])',
  },
  {
    name: 'nonces: any text of their length',
    file: NONCES,
    find: 'timingSafeEqual(bytes, given)',
    replace: 'bytes.length === given.length',
  },
  {
    name: 'nonces: other characters crash the comparison',
    file: NONCES,
    find: 'if (given.length !== LENGTH) return undefined',
    replace: '',
  },
  {
    name: 'nonces: never a new one before the old one ends',
    file: NONCES,
    find: 'old: at < slot || index > 0,',
    replace: 'old: false,',
  },
  {
    name: 'nonces: those of the first secret only',
    file: NONCES,
    find: 'this.#secrets.map((secret, index) => ({',
    replace: 'this.#secrets.slice(0, 1).map((secret, index) => ({',
  },
  {
    name: 'nonces: kept when the time slot is over',
    file: NONCES,
    find: 'if (slot !== this.#slot) {',
    replace: 'if (this.#known.length === 0) {',
  },
  {
    name: 'nonces: not in the challenges where they are required',
    file: DPOP,
    find: "return asks || this.#nonceMode === 'required' ?",
    replace: 'return asks ?',
  },
  // options
  {
    name: 'dpop options: nonces without effect',
    file: OPTIONS,
    find: "if (typeof given.nonce === 'object' && (given.nonce.mode ?? 'off') === 'off') {",
    replace: "if (typeof given.nonce === 'object' && given.nonce.mode === 'off') {",
  },
  {
    name: 'dpop options: anything beside the mode off',
    file: OPTIONS,
    find: "if (given.mode === 'off') {",
    replace: 'if (given.mode === undefined) {',
  },
  {
    name: 'dpop options: a short secret',
    file: SCHEMA,
    find: '.min(32,',
    replace: '.min(3,',
  },
  {
    name: 'dpop options: a guard may loosen the mode that the metadata tells',
    file: MODE,
    find: "if (general !== 'accepted' && mode !== general) {",
    replace: "if (general === 'off' && mode !== general) {",
  },
  {
    name: 'dpop options: a guard may offer what the metadata does not',
    file: MODE,
    find: "if (general !== 'accepted' && mode !== general) {",
    replace: "if (general === 'required' && mode !== general) {",
  },
  {
    name: 'dpop options: off where a rule of the policy needs it',
    file: MODE,
    find: "if (mode === 'off' && policy?.dpopRule !== undefined) {",
    replace: "if (mode === 'required' && policy?.dpopRule !== undefined) {",
  },
  {
    name: 'dpop options: metadata made by hand',
    file: 'src/metadata/options.ts',
    find: 'if (Object.hasOwn(MADE_BY, name)) {',
    replace: 'if (Object.hasOwn(MADE_BY, name)) {\n          continue',
  },
  {
    name: 'DPoP: a proof that ends while it is checked is accepted, though its store has forgotten it',
    file: DPOP,
    find: '    checkFreshness()\n',
    replace: '',
  },
]
