import { readFileSync } from 'node:fs'

/** What the text promises a block to print. */
export interface Expected {
  readonly language: 'text' | 'json'
  readonly text: string
}

/** A block of commands, and what is to come of it. */
export interface Step {
  /** Where it starts in the guide, counted from 1. */
  readonly line: number
  readonly code: string
  /** Without it the commands have to succeed, and that is all. */
  readonly expected: Expected | undefined
}

/** A block that a reader saves as a file. */
export interface GuideFile {
  readonly name: string
  readonly text: string
}

interface Block {
  readonly line: number
  readonly language: string
  readonly text: string
  /** The lines between it and the block before. */
  readonly before: readonly string[]
}

const FENCE = /^```(\w*)$/
const FILE = /^<!-- file: (\S+) -->$/

/** Blocks of commands are `sh`; a `text` or `json` block that follows with nothing between is expected. */
export function readGuide(file: string): {
  steps: readonly Step[]
  files: readonly GuideFile[]
  /** How many blocks there are of each language. */
  languages: Readonly<Record<string, number>>
} {
  const blocks = blocksOf(readFileSync(file, 'utf8'))
  const languages: Record<string, number> = {}
  for (const { language } of blocks) languages[language] = (languages[language] ?? 0) + 1
  return {
    steps: blocks.flatMap(({ language, line, text }, at) =>
      language === 'sh' ? [{ line, code: text, expected: expectedIn(blocks[at + 1]) }] : [],
    ),
    files: blocks.flatMap(({ before, text }) => {
      const name = FILE.exec(before.at(-1) ?? '')?.[1]
      return name === undefined ? [] : [{ name, text: `${text}\n` }]
    }),
    languages,
  }
}

/** @internal */
export function blocksOf(markdown: string): readonly Block[] {
  const found: Block[] = []
  let before: string[] = []
  let open: { language: string; line: number; lines: string[] } | undefined
  for (const [index, line] of markdown.split('\n').entries()) {
    const language = FENCE.exec(line)?.[1]
    if (open === undefined) {
      if (language === undefined) before.push(line)
      else open = { language, line: index + 2, lines: [] }
    } else if (language === undefined) {
      open.lines.push(line)
    } else {
      found.push({ line: open.line, language: open.language, text: open.lines.join('\n'), before })
      open = undefined
      before = []
    }
  }
  return found
}

function expectedIn(block: Block | undefined): Expected | undefined {
  if (block === undefined || block.before.some((line) => line.trim() !== '')) return undefined
  const { language, text } = block
  return language === 'text' || language === 'json' ? { language, text } : undefined
}

/**
 * Compares output with what is expected of it.
 *
 * `text`: line by line, all of it. `…` in a line stands for anything there, as a line for any lines.
 *
 * `json`: each member that is shown has to be there; others may be. Lists are as long as shown, and
 * `…` in a string stands for anything.
 *
 * @returns what is wrong, or `undefined`
 */
export function faultIn(output: string, { language, text }: Expected): string | undefined {
  if (language === 'text') {
    const lines = text
      .split('\n')
      .map((line) => (line === '…' ? '(?:.*\\n)*?' : `${like(line)}\\n`))
    const said = `${output.replaceAll('\r', '').trimEnd()}\n`
    return new RegExp(`^${lines.join('')}$`).test(said) ? undefined : 'the output is another'
  }
  try {
    return difference('', JSON.parse(output), JSON.parse(text))
  } catch (error) {
    return String(error)
  }
}

/** A pattern's source for a text in which `…` stands for anything but a line's end. */
const like = (text: string): string =>
  text
    .split('…')
    .map((part) => part.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&'))
    .join('.*')

function difference(path: string, is: unknown, wanted: unknown): string | undefined {
  const fault = `${path === '' ? 'the whole' : path} is ${JSON.stringify(is)}`
  if (typeof wanted === 'string') {
    return typeof is === 'string' && new RegExp(`^${like(wanted)}$`).test(is) ? undefined : fault
  }
  if (typeof wanted !== 'object' || wanted === null) return is === wanted ? undefined : fault
  if (typeof is !== 'object' || is === null || Array.isArray(is) !== Array.isArray(wanted)) {
    return fault
  }
  if (Array.isArray(is) && Array.isArray(wanted) && is.length !== wanted.length) return fault
  for (const [name, value] of Object.entries(wanted)) {
    const inner = difference(`${path}/${name}`, (is as Record<string, unknown>)[name], value)
    if (inner !== undefined) return inner
  }
  return undefined
}
