import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'

/** A fenced TypeScript block of a document or of a doc comment. */
interface Block {
  readonly file: string
  /** The line that its code starts on, counted from 1. */
  readonly line: number
  readonly code: string
  /** `file#region`, from a comment such as `<!-- from: examples/quick-start/server.ts#guard -->`. */
  readonly from: string | undefined
}

const CACHE = 'node_modules/.cache/documentation'
const FENCE = /^(\s*(?:\* ?)?)```(\w*)/
const FROM = /^<!-- from: (\S+) -->$/

const read = (file: string): string => readFileSync(file, 'utf8')

function filesUnder(folder: string, ending: string): string[] {
  if (!existsSync(folder)) return []
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith(ending))
    .map((file) => `${folder}/${file}`)
    .sort()
}

function blocksIn(file: string, text: string): Block[] {
  const found: Block[] = []
  const lines = text.split('\n')
  let open: { language: string; margin: number; start: number } | undefined
  for (const [index, line] of lines.entries()) {
    const fence = FENCE.exec(line)
    if (fence === null) continue
    if (open === undefined) {
      open = { language: fence[2] ?? '', margin: (fence[1] ?? '').length, start: index + 1 }
      continue
    }
    const { language, margin, start } = open
    open = undefined
    if (!['ts', 'typescript'].includes(language)) continue
    found.push({
      file,
      line: start + 1,
      code: lines
        .slice(start, index)
        .map((inner) => inner.slice(margin))
        .join('\n'),
      from: FROM.exec(lines[start - 2]?.trim() ?? '')?.[1],
    })
  }
  return found
}

/** The lines between `// #region name` and its `// #endregion`, moved to the left edge. */
function region(source: string, name: string): string | undefined {
  const lines = source.split('\n')
  const start = lines.findIndex((line) => line.trim() === `// #region ${name}`)
  const end = lines.findIndex((line, at) => at > start && line.trim().startsWith('// #endregion'))
  if (start < 0 || end < 0) return undefined
  const inside = lines.slice(start + 1, end)
  const filled = inside.filter((line) => line.trim() !== '')
  const margin = Math.min(...filled.map((line) => line.search(/\S/)))
  return inside.map((line) => line.slice(margin)).join('\n')
}

/** What the compiler says of each block, by the block's module. Modules keep the document's lines. */
function compile(blocks: readonly Block[]): Map<string, string[]> {
  rmSync(CACHE, { recursive: true, force: true })
  mkdirSync(CACHE, { recursive: true })
  for (const block of blocks) {
    const text = `${'\n'.repeat(block.line - 1)}${block.code}\nexport {}\n`
    writeFileSync(join(CACHE, moduleOf(block)), text)
  }

  // The package's own name leads to src/, so that no build is needed.
  const { name, exports } = JSON.parse(read('package.json'))
  const paths: Record<string, string[]> = {}
  for (const [subpath, target] of Object.entries<string | { default: string }>(exports)) {
    const built = typeof target === 'string' ? target : target.default
    const source = built.replace('./dist/', './src/').replace(/\.js$/, '.ts')
    paths[join(name, subpath)] = [relative(CACHE, source)]
  }
  const project = {
    extends: relative(CACHE, 'tsconfig.json'),
    compilerOptions: { paths, typeRoots: [relative(CACHE, 'node_modules/@types')] },
    files: blocks.map(moduleOf),
    include: [],
  }
  writeFileSync(join(CACHE, 'tsconfig.json'), JSON.stringify(project, null, 2))

  // More checkers check the same types again, and other tests need the cores.
  const options = ['--pretty', 'false', '--checkers', '1']
  const tsc = ['node_modules/typescript/bin/tsc', ...options, '-p', CACHE]
  const run = spawnSync(process.execPath, tsc, { encoding: 'utf8' })
  if (run.error !== undefined) throw run.error

  const diagnostics = new Map<string, string[]>()
  for (const report of run.stdout.split(/\n(?! )/)) {
    const [, module, at, message] =
      /^(?:.*\/)?([^/(]+)\((\d+),\d+\): error ([\s\S]*)$/.exec(report) ?? []
    if (module === undefined) continue
    diagnostics.set(module, [...(diagnostics.get(module) ?? []), `line ${at}: ${message}`])
  }
  if (run.status !== 0 && diagnostics.size === 0) throw new Error(run.stdout + run.stderr)
  return diagnostics
}

// .mts: inside node_modules a .ts file would pass for CommonJS.
const moduleOf = ({ file, line }: Block): string => `${file.replaceAll('/', '.')}-${line}.mts`

const documents = [
  ...['README.md', 'CONTRIBUTING.md', 'SECURITY.md', 'CODE_OF_CONDUCT.md'],
  ...filesUnder('docs', '.md'),
].filter(existsSync)
const blocks = [...documents, ...filesUnder('src', '.ts')].flatMap((file) =>
  blocksIn(file, read(file)),
)
const taken = blocks.filter((block) => block.from !== undefined)
const ownCode = blocks.filter((block) => block.from === undefined)
const named = (list: readonly Block[]): [string, Block][] =>
  list.map((block) => [`${block.file}:${block.line}`, block])

describe('code in the documentation', () => {
  let diagnostics = new Map<string, string[]>()
  beforeAll(() => {
    diagnostics = compile(ownCode)
  })

  it.each(named(ownCode))('%s compiles', (_where, block) => {
    expect(diagnostics.get(moduleOf(block)) ?? []).toEqual([])
  })

  // Examples are compiled with the project, so equality is enough.
  it.each(named(taken))('%s is what the example says', (_where, block) => {
    const [file = '', name = ''] = block.from?.split('#') ?? []
    expect(file).toMatch(/^examples\/.*\.ts$/)
    expect(block.code.trim()).toBe(region(read(file), name)?.trim())
  })
})

describe('names in the documentation', () => {
  it.each(documents)('%s names only npm scripts that exist', (file) => {
    const scripts = Object.keys(JSON.parse(read('package.json')).scripts)
    const mentioned = Array.from(read(file).matchAll(/\bnpm run ([\w:-]*\w)/g), (match) => match[1])
    expect(mentioned.filter((script) => !scripts.includes(script ?? ''))).toEqual([])
  })

  it.each([...documents, 'CHANGELOG.md'])('%s has each heading once', (file) => {
    const prose = read(file).replace(/^\s*```[\s\S]*?^\s*```/gm, '')
    const headings: readonly string[] = prose.match(/^#+ .*$/gm) ?? []
    expect(headings.filter((heading, at) => headings.indexOf(heading) !== at)).toEqual([])
  })

  it.each(documents)('%s names only files that exist', (file) => {
    const mentioned = Array.from(
      read(file).matchAll(/`((?:src|test|scripts|docs|examples|bench|\.ci)\/[^`\s*]*)`/g),
      (match) => match[1] ?? '',
    )
    expect(mentioned.filter((path) => !existsSync(path))).toEqual([])
  })
})

describe('the check itself', () => {
  it('catches a block that does not compile, and says where', () => {
    const text = '# Title\n\n```ts\nconst port: number = process.env.PORT\n```\n'
    const [block] = blocksIn('GUIDE.md', text)
    expect(block).toMatchObject({ line: 4, from: undefined })
    const faults = compile(block === undefined ? [] : [block]).get('GUIDE.md-4.mts')
    expect(faults).toEqual([expect.stringMatching(/^line 4: TS2322: /)])
  })

  it('reads a block of a doc comment, and the place that a block is taken from', () => {
    const comment =
      '  /**\n   * @example\n   * ```ts\n   * const a = {\n   *   b: 1,\n   * }\n   * ```\n   */'
    expect(blocksIn('a.ts', comment)[0]?.code).toBe('const a = {\n  b: 1,\n}')
    const document = '<!-- from: examples/a.ts#start -->\n```ts\nstart()\n```\n```sh\nnpm ci\n```\n'
    expect(blocksIn('A.md', document)).toEqual([
      { file: 'A.md', line: 3, code: 'start()', from: 'examples/a.ts#start' },
    ])
  })

  it('finds a region, without its margin', () => {
    const source = 'if (x) {\n  // #region start\n  start({\n    port,\n  })\n  // #endregion\n}\n'
    expect(region(source, 'start')).toBe('start({\n  port,\n})')
    expect(region(source, 'stop')).toBeUndefined()
  })
})
