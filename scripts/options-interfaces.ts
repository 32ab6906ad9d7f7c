import { readdirSync, readFileSync } from 'node:fs'

/** A member of an options interface. */
export interface Member {
  readonly name: string
  readonly optional: boolean
  readonly type: string
  /** The first paragraph of the doc comment, in one line. */
  readonly description: string
  /** What the doc comment says after `@defaultValue`. */
  readonly defaultText: string | undefined
}

/** Source text by file name. */
export type Sources = Readonly<Record<string, string>>

interface Declaration {
  readonly file: string
  readonly heritage: string
  readonly body: string
}

/** All sources of the package. */
export function readSources(): Sources {
  const files = readdirSync('src', { recursive: true, encoding: 'utf8' })
  return Object.fromEntries(
    files
      .filter((file) => file.endsWith('.ts'))
      .sort()
      .map((file) => [`src/${file}`, readFileSync(`src/${file}`, 'utf8')]),
  )
}

/**
 * Reads the members of an exported interface, with those that it inherits. The required ones come first,
 * then its own, then the inherited ones, each in the order of the source.
 *
 * It reads only what Biome formats and what options interfaces need: doc comments, `readonly` members, and
 * `extends` with names, `Pick` and `Omit`. It throws on everything else, so that nothing is left out.
 */
export function membersOf(name: string, sources: Sources): readonly Member[] {
  const members = new Map<string, Member>()
  for (const member of inheritedMembers(name, sources)) {
    if (!members.has(member.name)) members.set(member.name, member)
  }
  const all = [...members.values()]
  return [...all.filter(({ optional }) => !optional), ...all.filter(({ optional }) => optional)]
}

function inheritedMembers(name: string, sources: Sources): readonly Member[] {
  const { file, heritage, body } = findDeclaration(name, sources)
  const parents = splitHeritage(heritage).flatMap((parent) => {
    const [, plain] = /^(\w+)$/.exec(parent) ?? []
    if (plain !== undefined) return inheritedMembers(plain, sources)
    const [, helper, base, list] = /^(Pick|Omit)<\s*(\w+),([^<>]*)>$/.exec(parent) ?? []
    if (base === undefined || list === undefined) {
      throw new Error(`${file}: ${name} extends ${parent}, which this reader does not understand`)
    }
    const names = Array.from(list.matchAll(/'(\w+)'/g), (match) => match[1])
    return inheritedMembers(base, sources).filter(
      (member) => names.includes(member.name) === (helper === 'Pick'),
    )
  })
  return [...readBody(file, name, body), ...parents]
}

function findDeclaration(name: string, sources: Sources): Declaration {
  const form = new RegExp(`^export interface ${name}\\b([^{]*)\\{(?:\\}|\\n([\\s\\S]*?)^\\})`, 'm')
  const found = Object.entries(sources).flatMap(([file, source]) => {
    const match = form.exec(source)
    return match === null ? [] : [{ file, heritage: match[1] ?? '', body: match[2] ?? '' }]
  })
  const [declaration, second] = found
  if (declaration === undefined) throw new Error(`src/ has no exported interface ${name}`)
  if (second !== undefined) throw new Error(`${declaration.file} and ${second.file}: both ${name}`)
  return declaration
}

/** The parents that `extends` names, split at commas that are not inside `<…>`. */
function splitHeritage(heritage: string): readonly string[] {
  const text = heritage.replace(/^\s*extends\b/, '').replace(/\s+/g, ' ')
  return text
    .split(/,(?![^<]*>)/)
    .map((parent) => parent.trim())
    .filter((parent) => parent !== '')
}

function readBody(file: string, name: string, body: string): readonly Member[] {
  const members: Member[] = []
  let rest = body
  while (rest.trim() !== '') {
    const [all, comment = '', member = '', mark, type = ''] = MEMBER.exec(rest) ?? []
    if (all === undefined) {
      throw new Error(`${file}: ${name}: this reader does not understand ${rest.slice(0, 200)}`)
    }
    const where = `${file}: ${name}.${member}`
    const optional = mark === '?'
    members.push({ name: member, optional, type: type.trim(), ...readComment(where, comment) })
    rest = rest.slice(all.length)
  }
  return members
}

/** A doc comment and a member. Lines that continue the member's type are indented by 4 or more. */
const MEMBER =
  /^\n*(?: {2}\/\*\*((?:(?!\*\/)[\s\S])*)\*\/\n)? {2}readonly (\w+)(\??):((?:[^\n]*)(?:\n {4}[^\n]*)*)\n/

function readComment(where: string, comment: string): Pick<Member, 'description' | 'defaultText'> {
  const lines = comment.split('\n').map((line) => line.replace(/^\s*\* ?/, '').trim())
  const text = lines.join('\n').replace(/\{@link ([\w.]+)\}/g, '`$1`')
  const [prose = '', ...tags] = text.split(/^@/m)
  const [description = ''] = prose.trim().split(/\n\s*\n/)
  if (description === '') throw new Error(`${where} has no doc comment`)
  const defaults = tags.filter((tag) => tag.startsWith('defaultValue'))
  if (defaults.length !== tags.length || tags.length > 1) {
    throw new Error(`${where}: the only tag of an option is one @defaultValue`)
  }
  const defaultText = defaults[0]?.replace(/^defaultValue\s+/, '')
  return { description: oneLine(description), defaultText: defaultText && oneLine(defaultText) }
}

function oneLine(text: string): string {
  return text.trim().replace(/\s+/g, ' ')
}
