/**
 * Which requirement is proved by which tests: `npm run coverage:spec`.
 *
 * The requirements stand in docs/requirements.json. A test proves one by naming its id: the scan
 * takes every quoted string on a line of test/**\/*.test.ts, and of the cases of the conformance
 * suite, that is not a comment, so it finds ids
 * in the titles of tests and groups, in titles that are templates, and in the rows of `it.each`.
 *
 * Ends with 1 where a requirement has neither a test nor a reason to be open, where an open one has
 * tests after all, and where a test names an id that does not exist.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

export interface Requirement {
  readonly id: string
  readonly text: string
  /** Why no test proves it yet. */
  readonly open?: string
  /** Tests prove a part; why not the rest. */
  readonly partly?: string
}

export interface Citation {
  readonly id: string
  readonly file: string
  /** The quoted string that names the id. */
  readonly test: string
}

export interface Report {
  readonly lines: readonly string[]
  readonly faults: readonly string[]
}

const QUOTED = /'(?:\\.|[^'\\])*'|"(?:\\.|[^"\\])*"|`(?:\\.|[^`\\])*`?/g
const COMMENT = /^\s*(?:\/\/|\/\*|\*)/

/**
 * What an id looks like, learnt from those that exist, so that `MCP-99` is found as well. An id
 * without a separator (`S1`) stands for itself alone: `S256` is not one.
 */
function idPattern(requirements: readonly Requirement[]): RegExp {
  const shapes = requirements.map(({ id }) =>
    (/[-.]/.test(id) ? id.replace(/\d+/g, '\\d+') : id).replaceAll('.', '\\.'),
  )
  const longestFirst = [...new Set(shapes)].sort((a, b) => b.length - a.length)
  return new RegExp(`(?<![\\w#.-])(?:${longestFirst.join('|')})(?![\\w-]|\\.\\d)`, 'g')
}

export function citationsIn(
  file: string,
  source: string,
  requirements: readonly Requirement[],
): Citation[] {
  const pattern = idPattern(requirements)
  return source
    .split('\n')
    .filter((line) => !COMMENT.test(line))
    .flatMap((line) => line.match(QUOTED) ?? [])
    .flatMap((quoted) =>
      [...new Set(quoted.match(pattern))].map((id) => ({
        id,
        file,
        test: quoted.replace(/^['"`]|['"`]$/g, '').replace(/\\(['"`])/g, '$1'),
      })),
    )
}

export function report(
  requirements: readonly Requirement[],
  citations: readonly Citation[],
): Report {
  const lines: string[] = []
  const faults: string[] = []
  const known = new Set<string>()

  for (const { id, text, open, partly } of requirements) {
    if (known.has(id)) faults.push(`${id} stands twice in the requirements`)
    known.add(id)
    if (open !== undefined && partly !== undefined) faults.push(`${id} is both open and partly`)

    const tests = citations.filter((citation) => citation.id === id)
    if (open !== undefined && tests.length > 0) {
      faults.push(`${id} is marked open and has tests: drop the mark, or make it "partly"`)
    }
    if (open === undefined && tests.length === 0) faults.push(`${id} has no test: ${text}`)

    if (open === undefined) lines.push(`${id}  ${text}`)
    for (const { file, test } of tests) lines.push(`    ${file}  ${test}`)
  }

  for (const { id, file, test } of citations) {
    if (!known.has(id)) faults.push(`${id} is no requirement, and is named in ${file}: ${test}`)
  }

  const proved = requirements.filter(({ open }) => open === undefined).length
  lines.push('', `${proved} of ${requirements.length} with tests. Open, with the reason:`)
  for (const { id, text, open, partly } of requirements) {
    if (open !== undefined) lines.push(`${id}  ${text}\n    open: ${open}`)
    if (partly !== undefined) lines.push(`${id}  ${text}\n    partly: ${partly}`)
  }
  return { lines, faults }
}

/** The project as it is. */
export function reportOfProject(): Report {
  const root = join(import.meta.dirname, '..')
  const requirements: Requirement[] = JSON.parse(
    readFileSync(join(root, 'docs/requirements.json'), 'utf8'),
  )
  const files = readdirSync(join(root, 'test'), { recursive: true, encoding: 'utf8' })
    .filter((file) => /\.test\.ts$|^conformance\/.*cases/.test(file))
    .sort()
  const citations = files.flatMap((file) =>
    citationsIn(`test/${file}`, readFileSync(join(root, 'test', file), 'utf8'), requirements),
  )

  return report(requirements, citations)
}

function main(): void {
  const { lines, faults } = reportOfProject()
  console.log(lines.join('\n'))
  if (faults.length > 0) {
    console.error(`\nWrong:\n${faults.map((fault) => `- ${fault}`).join('\n')}`)
    process.exitCode = 1
  }
}

if (import.meta.main) main()
