/**
 * Mutators of compact tokens (RFC 7515 §7.1) that know their parts. Nothing here is random: the same edits
 * make the same mutant.
 */
import { chosen, deeper, type Edit } from './edit.ts'
import { mutateJson } from './mutate-json.ts'
import { MARKS, mutateBytes, mutateText } from './mutate-text.ts'

const decoded = (part: string): Buffer => Buffer.from(part, 'base64url')
const encoded = (bytes: string | Uint8Array): string => Buffer.from(bytes).toString('base64url')

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'

/** Sets the bits that no byte uses: lenient decoders see the same bytes. */
function withTrailingBits(part: string, value: number): string {
  const free = { 2: 16, 3: 4 }[part.length % 4]
  const last = ALPHABET.indexOf(part.at(-1) ?? '')
  if (free === undefined || last < 0) return `${part}A`
  return part.slice(0, -1) + ALPHABET.charAt(last - (last % free) + (value % free))
}

/** Other spellings of the bytes that a part stands for. */
const SPELLINGS: readonly ((part: string, edit: Edit) => string)[] = [
  (part) => part.replaceAll('-', '+').replaceAll('_', '/'),
  (part) => part + '='.repeat((4 - (part.length % 4)) % 4 || 4),
  (part, { value }) => withTrailingBits(part, value),
  (part, { at, value }) => {
    const from = at % (part.length + 1)
    return part.slice(0, from) + chosen(MARKS, value) + part.slice(from)
  },
  (part) => decoded(part).toString('base64'),
  (part) => encodeURIComponent(decoded(part).toString('base64')),
  (part) => encoded(part),
  (part) => decoded(part).toString('latin1'),
  (part) => decoded(part).toString('hex'),
]

/** Signatures of the algorithms' weak spots: empty, zero, one, as DER, of another length. */
const SIGNATURES: readonly ((part: string) => string)[] = [
  () => '',
  (part) => encoded(new Uint8Array(decoded(part).length)),
  (part) => encoded(Buffer.alloc(decoded(part).length, 1)),
  (part) => encoded(Buffer.alloc(decoded(part).length, 0xff)),
  (part) => encoded(Buffer.concat([Buffer.of(0), decoded(part)])),
  (part) => encoded(Buffer.concat([Buffer.of(0x30, decoded(part).length), decoded(part)])),
  (part) => encoded(decoded(part).reverse()),
]

type Change = (token: string, edit: Edit, donors: readonly string[]) => string

const parts = (token: string): string[] => token.split('.')

/** Changes one of the parts. */
const inPart =
  (change: (part: string, edit: Edit, at: number) => string): Change =>
  (token, edit) => {
    const all = parts(token)
    const at = edit.at % all.length
    const inside = { ...edit, at: Math.floor(edit.at / all.length) }
    return all.map((part, index) => (index === at ? change(part, inside, at) : part)).join('.')
  }

/** Changes the JSON of the header or the payload. */
const inJson: Change = (token, edit, donors) => {
  const all = parts(token)
  const at = edit.at % 2
  const donor = readJson(parts(chosen(donors, edit.value) ?? '')[at] ?? '')
  const inside = { ...edit, at: Math.floor(edit.at / 2) }
  all[at] = encoded(mutateJson(decoded(all[at] ?? '').toString(), inside, donor))
  return all.join('.')
}

function readJson(part: string): unknown {
  try {
    return JSON.parse(decoded(part).toString())
  } catch {
    return {}
  }
}

/** Takes a part of another token. */
const fromDonor: Change = (token, { at, value }, donors) => {
  const all = parts(token)
  const from = parts(chosen(donors, value) ?? token)
  const index = at % 3
  all[index] = from[index] ?? ''
  return all.join('.')
}

const inOtherOrder: Change = (token, { at, value }) => {
  const all = parts(token)
  const from = at % all.length
  const to = value % all.length
  const [one = '', other = ''] = [all[from], all[to]]
  all[from] = other
  all[to] = one
  return all.join('.')
}

const withMoreOrFewer: Change = (token, { at, value }) => {
  const all = parts(token)
  const index = at % all.length
  all.splice(index, value % 2, ...(value % 3 === 0 ? [] : [all[index] ?? '', '']))
  return all.join('.')
}

const CHANGES: readonly Change[] = [
  inJson,
  inJson,
  inJson,
  inPart((part, edit) => encoded(mutateBytes(decoded(part), edit))),
  inPart((part, edit) => chosen(SPELLINGS, edit.kind)(part, edit)),
  inPart((part, edit) => mutateText(part, edit)),
  inPart((part, { value }) => chosen(['', `${part}${part}`, part.slice(0, -1)], value)),
  (token, { value }) => {
    const [header, payload, signature = ''] = parts(token)
    return [header, payload, chosen(SIGNATURES, value)(signature)].join('.')
  },
  fromDonor,
  inOtherOrder,
  withMoreOrFewer,
  (token, edit) => mutateText(token, edit),
]

/**
 * Changes a compact token by these edits, without signing it anew: its parts swapped, cut, doubled or
 * taken from another token, their JSON and their base64url changed or spelled in another way. A mutant may be
 * the token itself, when an edit had nothing to change.
 *
 * @param donors other tokens, valid or not, that parts and members are taken from
 */
export function mutateToken(
  token: string,
  edits: readonly Edit[],
  donors: readonly string[] = [token],
): string {
  return edits.reduce(
    (mutant, edit) => chosen(CHANGES, edit.kind)(mutant, deeper(edit, CHANGES.length), donors),
    token,
  )
}

/** Changes a JSON document by these edits. */
export function mutateDocument(
  document: unknown,
  edits: readonly Edit[],
  donor: unknown = document,
): string {
  return edits.reduce((text, edit) => mutateJson(text, edit, donor), JSON.stringify(document))
}
