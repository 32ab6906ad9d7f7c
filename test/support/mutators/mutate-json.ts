import { chosen, deeper, type Edit } from './edit.ts'
import {
  type JsonNode,
  type ObjectNode,
  pair,
  placesOf,
  printTree,
  raw,
  treeOf,
} from './json-tree.ts'
import { mutateText } from './mutate-text.ts'

/** Values that no parser may trip over, as they are written. */
const VALUES: readonly string[] = [
  ...'null true false 0 -0 1 -1 1.0 1e3 1E+3 1e400 -1e400 0.1 9007199254740993 4294967296'.split(
    ' ',
  ),
  ...('"" " " "0" "null" "none" "\\u0000" "\\ud800" "*" "." "__proto__"'.match(/"[^"]*"/g) ?? []),
  ...'[] {} [[]] [null] [""] [{}] {"":null} {"__proto__":{}} {"toString":1,"length":-1}'.split(' '),
  ...'{"then":1} {"constructor":{"prototype":1}}'.split(' '),
  '4000000000',
  '4000000000000',
  `"${'x'.repeat(10_000)}"`,
  `"${'a '.repeat(500)}"`,
  `[${'1,'.repeat(500)}1]`,
  '[['.repeat(300) + ']]'.repeat(300),
  '"https://evil.example"',
  '"http://127.0.0.1:1/"',
  '"../../../../dev/null"',
]

/** What only looks like JSON. */
const NOT_JSON: readonly string[] = [
  ..."NaN Infinity undefined 01 +1 .5 1. 0x10 1_000 'a' a // , { [ ] } \"".split(' '),
  '/* */1',
  '"\n"',
  '"\\x41"',
  '"\\u00zz"',
  '[1,]',
  '{"a":1,}',
  '{"a"}',
  '1 2',
  '\ufeff1',
  '',
  '[['.repeat(5000),
]

/** Names of members that mean something to some reader of tokens, keys, metadata or messages. */
const NAMES: readonly string[] = [
  ...'alg kid typ crit b64 jwk jku x5u x5c x5t zip enc cty epk iss sub aud exp nbf iat jti'.split(
    ' ',
  ),
  ...'scope scp azp client_id cnf act may_act events sub_id sid nonce htm htu ath active'.split(
    ' ',
  ),
  ...'token_type username kty use key_ops n e crv x y k d issuer jwks_uri keys id method'.split(
    ' ',
  ),
  ...'params _meta uri name arguments result error jsonrpc __proto__ constructor toString then'.split(
    ' ',
  ),
  '',
  'x'.repeat(2000),
]

type Change = (place: JsonNode, edit: Edit, donor: JsonNode) => JsonNode | undefined

const entriesAt = ({ members }: ObjectNode, at: number) => at % Math.max(1, members.length)

/** Repeats a member, before or after the one that there is, with the same value or another. */
const repeated: Change = (node, { at, value }) => {
  if (node.kind !== 'object' || node.members.length === 0) return undefined
  const members = [...node.members]
  const from = entriesAt(node, at)
  const [name, held] = members[from] as (typeof members)[number]
  const other: JsonNode = value % 3 === 0 ? held : raw(chosen(VALUES, Math.floor(value / 3)))
  members.splice(value % 2 === 0 ? from : members.length, 0, [name, other])
  return { kind: 'object', members }
}

const removed: Change = (node, { at }) => {
  if (node.kind === 'object')
    return { ...node, members: node.members.filter((_, index) => index !== entriesAt(node, at)) }
  if (node.kind !== 'array') return undefined
  return {
    ...node,
    elements: node.elements.filter((_, index) => index !== at % node.elements.length),
  }
}

const reordered: Change = (node, { at }) => {
  const turned = <Value>(list: readonly Value[]) => {
    const by = at % Math.max(1, list.length)
    return [...list.slice(by), ...list.slice(0, by)]
  }
  if (node.kind === 'object') return { ...node, members: turned(node.members) }
  return node.kind === 'array' ? { ...node, elements: turned(node.elements) } : undefined
}

const added: Change = (node, { at, value }) => {
  const held = raw(chosen(VALUES, value))
  if (node.kind === 'object')
    return { ...node, members: [...node.members, pair(chosen(NAMES, at), held)] }
  return node.kind === 'array' ? { ...node, elements: [held, ...node.elements] } : undefined
}

/** Takes a member of another document. */
const spliced: Change = (node, { at }, donor) => {
  if (node.kind !== 'object' || donor.kind !== 'object' || donor.members.length === 0)
    return undefined
  const [name, value] = chosen(donor.members, at)
  const rest = node.members.filter(([other]) => other !== name)
  return { ...node, members: [...rest, [name, value]] }
}

const renamed: Change = (node, edit) => {
  if (node.kind !== 'object' || node.members.length === 0) return undefined
  const from = entriesAt(node, edit.at)
  const members = node.members.map(([name, value], index): (typeof node.members)[number] =>
    index === from ? [otherName(name, edit), value] : [name, value],
  )
  return { ...node, members }
}

function otherName(written: string, { at, value }: Edit): string {
  if (value % 3 === 0) return escaped(written, at)
  return value % 3 === 1 ? written.toUpperCase() : JSON.stringify(`${written.slice(1, -1)} `)
}

/** Writes one letter of a string as an escape: the same text in another spelling. */
function escaped(written: string, at: number): string {
  const from = 1 + (at % Math.max(1, written.length - 2))
  const letter = written.charAt(from)
  if (!/[a-zA-Z0-9:/.]/.test(letter) || written.includes('\\')) return written
  const code = letter.charCodeAt(0).toString(16).padStart(4, '0')
  return `${written.slice(0, from)}\\u${code}${written.slice(from + 1)}`
}

const nested: Change = (node, { at, value }) => {
  const depth = chosen([1, 1, 2, 20, 500], value)
  const written = printTree(node)
  return at % 2 === 0
    ? raw('['.repeat(depth) + written + ']'.repeat(depth))
    : raw('{"a":'.repeat(depth) + written + '}'.repeat(depth))
}

/** Writes a number or a string in another way. Some of them have the same value. */
const respelled: Change = (node, edit) => {
  if (node.kind !== 'raw') return raw(` ${printTree(node)}\t`)
  const { text } = node
  if (text.startsWith('"')) return raw(escaped(text, edit.at))
  if (!/^-?\d+$/.test(text)) return undefined
  const spellings = [`${text}.0`, `${text}e0`, `${text}00e-2`, `-${text}`, `0${text}`, `"${text}"`]
  return raw(chosen([...spellings, `${text}000`, `${text}.5`, `${text}e3`, `${text}n`], edit.value))
}

/** Changes the text inside a string. */
const reworded: Change = (node, edit) => {
  if (node.kind !== 'raw' || !node.text.startsWith('"')) return undefined
  let text: string
  try {
    text = JSON.parse(node.text)
  } catch {
    return undefined
  }
  return raw(JSON.stringify(mutateText(text, deeper(edit, 2))))
}

const CHANGES: readonly Change[] = [
  (_, { value }) => raw(chosen(VALUES, value)),
  removed,
  repeated,
  reordered,
  added,
  added,
  spliced,
  spliced,
  renamed,
  nested,
  respelled,
  respelled,
  reworded,
  (node) => ({ kind: 'array', elements: [node] }),
  (node) => ({ kind: 'array', elements: [node, node] }),
  (_, { value }) => raw(chosen(NOT_JSON, value)),
]

/**
 * Changes a JSON text in one place: a value, a member, its spelling. What comes out may be the same document
 * in another spelling, another document, or no JSON at all.
 *
 * @param donor a document that members are taken from
 */
export function mutateJson(text: string, edit: Edit, donor: unknown = {}): string {
  let parsed: unknown
  try {
    parsed = JSON.parse(text)
  } catch {
    return mutateText(text, edit)
  }
  const root = { node: treeOf(parsed) }
  const places = placesOf(root)
  // Every other edit is at the document itself, where most of the meaning is.
  const { node, replace } = chosen(places, edit.at % 2 === 0 ? 0 : Math.floor(edit.at / 2))
  const changed = chosen(CHANGES, edit.kind)(
    node,
    { ...deeper(edit, CHANGES.length), at: Math.floor(edit.at / 2) },
    treeOf(donor),
  )
  if (changed !== undefined) replace(changed)
  return printTree(root.node)
}
