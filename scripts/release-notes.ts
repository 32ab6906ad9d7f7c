/**
 * Prints the notes of a release: its section of CHANGELOG.md. Fails if the tag, the version and the changelog
 * do not agree, so that nothing else of the release runs.
 *
 * `node scripts/release-notes.ts v1.2.3`
 */
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

export interface Release {
  /** The tag, such as `v1.2.3`. */
  readonly tag: string
  /** The versions of package.json and of package-lock.json. */
  readonly versions: readonly string[]
  readonly changelog: string
  /** The address of the repository, for the links of the notes. */
  readonly repository: string
}

/** The date stands in brackets: `## 1.2.3 (2026-11-30)`. */
const DATE = /^\d{4}-\d{2}-\d{2}$/

/**
 * The notes of a release, in Markdown.
 *
 * @throws {Error} saying what does not agree, and what to change
 */
export function releaseNotes({ tag, versions, changelog, repository }: Release): string {
  const version = /^v(\d+\.\d+\.\d+(?:-[0-9A-Za-z.-]+)?)$/.exec(tag)?.[1]
  if (version === undefined)
    throw new Error(`the tag is "${tag}"; expected v and a version, such as v1.2.3`)
  const other = versions.find((found) => found !== version)
  if (other !== undefined) {
    throw new Error(
      `the tag is ${tag}, but package.json or package-lock.json says ${other}: run npm version ${version} --no-git-tag-version`,
    )
  }
  const section = changelog
    .split(/^(?=## )/m)
    .find((part) => part.startsWith(`## ${version} (`) || part.startsWith(`## ${version}\n`))
  if (section === undefined) throw new Error(`CHANGELOG.md has no section "## ${version}"`)
  const [heading = '', ...lines] = section.split('\n')
  const date = /\((.*)\)$/.exec(heading)?.[1] ?? ''
  if (!DATE.test(date)) {
    throw new Error(
      `CHANGELOG.md says "${heading}"; expected "## ${version} (YYYY-MM-DD)", the day of the release`,
    )
  }
  const notes = lines.join('\n').trim()
  if (notes === '') throw new Error(`the section "${heading}" of CHANGELOG.md is empty`)
  // On the page of a release, a relative link leads nowhere.
  return notes.replace(/\]\((?![a-z]+:|#)([^)\s]+)\)/g, `](${repository}/blob/${tag}/$1)`)
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const read = (file: string): string => readFileSync(file, 'utf8')
  const { version, homepage } = JSON.parse(read('package.json'))
  const lock = JSON.parse(read('package-lock.json'))
  try {
    const notes = releaseNotes({
      tag: process.argv[2] ?? '',
      versions: [version, lock.version, lock.packages[''].version],
      changelog: read('CHANGELOG.md'),
      repository: homepage.replace(/#.*$/, ''),
    })
    console.log(notes)
  } catch (error) {
    console.error(error instanceof Error ? error.message : error)
    process.exitCode = 1
  }
}
