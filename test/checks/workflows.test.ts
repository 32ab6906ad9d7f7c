import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { releaseNotes } from '../../scripts/release-notes.ts'

interface Step {
  readonly uses?: string
  readonly run?: string
  readonly with?: Readonly<Record<string, unknown>>
}

interface Job {
  readonly permissions?: Readonly<Record<string, string>>
  readonly 'timeout-minutes'?: number | string
  readonly environment?: unknown
  readonly needs?: string | readonly string[]
  readonly uses?: string
  readonly steps?: readonly Step[]
  readonly strategy?: { readonly matrix?: Readonly<Record<string, readonly unknown[]>> }
}

interface Workflow {
  readonly permissions?: unknown
  readonly concurrency?: unknown
  readonly jobs: Readonly<Record<string, Job>>
}

interface Tier {
  readonly tier: string
  readonly minutes: number
  readonly packages: string
}

const FOLDER = '.github/workflows'
const read = (file: string): string => readFileSync(file, 'utf8')
const texts = readdirSync(FOLDER).map((file) => [file, read(`${FOLDER}/${file}`)] as const)
const workflows = texts.map(([file, text]) => [file, parse(text) as Workflow] as const)
const manifest = JSON.parse(read('package.json'))

/** The jobs of all workflows, by file and name. */
const jobs = workflows.flatMap(([file, { jobs: all }]) =>
  Object.entries(all).map(([name, job]) => [`${file} ${name}`, job] as const),
)

function jobOf(file: string, name: string): Job {
  const job = workflows.find(([found]) => found === file)?.[1].jobs[name]
  if (job === undefined) throw new Error(`${file} has no job ${name}`)
  return job
}

/** The tiers of the matrix of ci.yml. */
const tiers = (jobOf('ci.yml', 'tier').strategy?.matrix?.include ?? []) as readonly Tier[]

describe('the workflows', () => {
  it('grant nothing by default, and to each job what it needs', () => {
    for (const [file, { permissions, concurrency }] of workflows) {
      expect(permissions, `${file}: permissions`).toEqual({})
      expect(concurrency, `${file}: concurrency`).toBeDefined()
    }
    const granted = jobs.flatMap(([name, { permissions }]) =>
      Object.entries(permissions ?? { missing: name })
        .filter(([scope, access]) => scope !== 'contents' || access !== 'read')
        .map(([scope, access]) => `${name}: ${scope} ${access}`),
    )
    expect(granted.sort()).toEqual([
      'codeql.yml analyze: security-events write',
      'docs.yml deploy: id-token write',
      'docs.yml deploy: pages write',
      'release.yml announce: contents write',
      'release.yml publish: id-token write',
    ])
  })

  it('pin every action to the commit of a release, named in a comment', () => {
    for (const [file, text] of texts) {
      const used = Array.from(text.matchAll(/^\s*(?:- )?uses: (.+)$/gm), ([, action]) => action)
      expect(used.length, file).toBeGreaterThan(0)
      for (const action of used) {
        expect(action, file).toMatch(/^(?:\.\/\S+\.yml|[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+)$/)
      }
    }
  })

  it('end: every job has a time-out', () => {
    for (const [name, job] of jobs) {
      if (job.uses === undefined) expect(job['timeout-minutes'], name).toBeDefined()
    }
  })

  it('leave no credentials in the checked out folder', () => {
    for (const [name, { steps = [] }] of jobs) {
      for (const step of steps.filter(({ uses }) => uses?.startsWith('actions/checkout@'))) {
        expect(step.with, name).toMatchObject({ 'persist-credentials': false })
      }
    }
  })

  it('put nothing that others can choose into a shell command', () => {
    for (const [name, { steps = [] }] of jobs) {
      for (const { run = '' } of steps) {
        const expressions = Array.from(run.matchAll(/\$\{\{\s*(.*?)\s*\}\}/g), ([, inner]) => inner)
        expect(
          expressions.filter((inner) => inner !== 'matrix.tier'),
          name,
        ).toEqual([])
      }
    }
  })

  it('name no registry, and no secret', () => {
    for (const [file, text] of texts) {
      expect(text, file).not.toMatch(/registry|npmrc|secrets\.|NODE_AUTH_TOKEN/i)
    }
  })

  it('call only scripts and files that exist', () => {
    const scripts = Object.keys(manifest.scripts)
    const commands = jobs
      .flatMap(([, { steps = [] }]) => steps.map(({ run = '' }) => run))
      .join('\n')
    const called = Array.from(commands.matchAll(/\bnpm run ([\w:-]+)/g), ([, name]) => name)
    for (const name of [...called, ...tiers.map(({ tier }) => tier)])
      expect(scripts).toContain(name)
    const files = Array.from(commands.matchAll(/\bnode (\S+\.ts)/g), ([, file = '']) => file)
    expect(files.filter((file) => !existsSync(file))).toEqual([])
  })
})

describe('ci.yml', () => {
  it('has a job for every tier of .ci/run, and for nothing else', () => {
    const listed = /^tiers=\(\n([^)]*)\)/m.exec(read('.ci/run'))?.[1]?.trim().split(/\s+/) ?? []
    // `npm test` has a job for each Node.
    const wanted = listed.filter((tier) => tier !== 'test')
    expect(
      tiers.map(({ tier }) => tier),
      'the tiers in the matrix of .github/workflows/ci.yml, and those in .ci/run',
    ).toEqual(wanted)
    expect(wanted.length).toBeGreaterThan(3)
  })

  it('runs the two commands of the README on the oldest supported Node and on newer ones', () => {
    const { steps = [], strategy } = jobOf('ci.yml', 'test')
    const commands = steps.flatMap(({ run = [] }) => run)
    expect(commands).toEqual(expect.arrayContaining(['npm ci', 'npm test']))
    // Otherwise each of these jobs would run on the Node of the devDependencies.
    expect(commands.join('\n')).toContain('rm -f node_modules/.bin/node')
    const [oldest, ...newer] = strategy?.matrix?.node ?? []
    expect(`>=${oldest}`).toBe(`${manifest.engines.node}.0`)
    expect(newer).toEqual(['22', '24', 'latest'])
  })

  it('succeeds only if all of its jobs do', () => {
    const { needs = [], steps = [] } = jobOf('ci.yml', 'passed')
    const [, { jobs: all }] = workflows.find(([file]) => file === 'ci.yml') ?? ['', { jobs: {} }]
    expect([...needs].sort()).toEqual(
      Object.keys(all)
        .filter((name) => name !== 'passed')
        .sort(),
    )
    expect(steps[0]?.run).toBe(`test "$RESULTS" = '${[...needs].map(() => 'success').join(' ')}'`)
  })

  it('uses the Node that npm scripts use', () => {
    expect(manifest.devDependencies.node).toMatch(
      new RegExp(`^\\^${read('.node-version').trim()}\\.`),
    )
  })
})

describe('docs.yml', () => {
  it('publishes the folder that npm run docs writes', () => {
    const { steps = [] } = jobOf('docs.yml', 'build')
    expect(steps.map(({ run }) => run)).toContain('npm run docs')
    const upload = steps.find(({ uses }) => uses?.startsWith('actions/upload-pages-artifact@'))
    expect(upload?.with).toEqual({ path: 'site/dist' })
    expect(read('site/place.ts')).toContain("'./dist/'")
  })
})

describe('release.yml', () => {
  it('publishes from a job that runs nothing of the project, after all of CI and an approval', () => {
    const { needs, environment, steps = [] } = jobOf('release.yml', 'publish')
    expect(needs).toBe('pack')
    expect(environment).toBe('npm')
    expect(jobOf('release.yml', 'pack').needs).toBe('ci')
    expect(jobOf('release.yml', 'ci').uses).toBe('./.github/workflows/ci.yml')
    expect(steps.filter(({ uses }) => uses?.startsWith('actions/checkout@'))).toEqual([])
    const commands = steps.map(({ run = '' }) => run).join('\n')
    expect(commands).not.toMatch(/npm (?:ci|install|run|test)\b|npx/)
    expect(commands).toMatch(/npm publish \.\/\S+\.tgz --ignore-scripts --provenance/)
  })

  const release = {
    tag: 'v1.2.3',
    versions: ['1.2.3', '1.2.3'],
    changelog:
      '# Changelog\n\n## 1.2.3 (2026-11-30)\n\nSee [a](docs/a.md#b) and [c](https://x.example).\n\n## 1.2.2 (2026-11-01)\n\nOld.\n',
    repository: 'https://github.com/o/r',
  }

  it('takes the notes from the changelog, with links that lead somewhere', () => {
    expect(releaseNotes(release)).toBe(
      'See [a](https://github.com/o/r/blob/v1.2.3/docs/a.md#b) and [c](https://x.example).',
    )
  })

  it.each([
    ['a tag that is no version', { tag: 'latest' }, /expected v and a version/],
    ['a tag of another version', { tag: 'v1.2.2' }, /says 1\.2\.3: run npm version 1\.2\.2/],
    ['a lock file of another version', { versions: ['1.2.3', '1.2.2'] }, /says 1\.2\.2/],
    ['a changelog without the version', { changelog: '# Changelog\n' }, /no section "## 1\.2\.3"/],
    [
      'a changelog without the day',
      { changelog: '## 1.2.3 (not yet published)\n\nNew.\n' },
      /YYYY/,
    ],
    ['an empty section', { changelog: '## 1.2.3 (2026-11-30)\n\n## 1.2.2\n' }, /is empty/],
  ])('ends before anything is built with %s', (_what, change, message) => {
    expect(() => releaseNotes({ ...release, ...change })).toThrow(message)
  })
})

describe('dependabot.yml', () => {
  it('looks after every lock file, and the actions', () => {
    const { updates } = parse(read('.github/dependabot.yml')) as {
      updates: {
        'package-ecosystem': string
        directory?: string
        directories?: string[]
      }[]
    }
    const watched = updates.flatMap(({ 'package-ecosystem': kind, directory, directories = [] }) =>
      [...(directory === undefined ? [] : [directory]), ...directories].map(
        (at) => `${kind} ${at}`,
      ),
    )
    const locks = ['.', 'bench', 'site', 'test/runtimes/engines', 'test/browser/inspector']
      .filter((folder) => existsSync(`${folder}/package-lock.json`))
      .map((folder) => `npm /${folder === '.' ? '' : folder}`)
    expect(watched.sort()).toEqual(['github-actions /', ...locks].sort())
  })
})

describe('the issue forms', () => {
  it.each(['bug.yml', 'feature.yml'])('%s has labelled fields with ids of their own', (file) => {
    const { name, description, body } = parse(read(`.github/ISSUE_TEMPLATE/${file}`)) as {
      name: string
      description: string
      body: { type: string; id?: string; attributes: { label?: string; value?: string } }[]
    }
    expect(name && description).toBeTruthy()
    const fields = body.filter(({ type }) => type !== 'markdown')
    expect(fields.every(({ id, attributes }) => id && attributes.label)).toBe(true)
    expect(new Set(fields.map(({ id }) => id)).size).toBe(fields.length)
  })

  it('the one about bugs asks for the doctor and the correlation id, and warns of tokens', () => {
    const text = read('.github/ISSUE_TEMPLATE/bug.yml')
    expect(text).toMatch(/mcp-resource-server doctor https:/)
    expect(text).toContain('correlationId')
    expect(text).toContain('Never paste a token')
  })
})
