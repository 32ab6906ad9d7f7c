/**
 * The packed package as a user meets it: npx runs it from an empty folder, and an installation of it gives every
 * subpath. npm takes the dependencies from its cache where it can.
 */
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const ROOT = fileURLToPath(new URL('../../', import.meta.url))
const run = promisify(execFile)

const MANIFEST: {
  readonly version: string
  readonly exports: Readonly<Record<string, string>>
  readonly dependencies: Readonly<Record<string, string>>
  readonly peerDependencies: Readonly<Record<string, string>>
  readonly devDependencies: Readonly<Record<string, string>>
} = JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8'))

const SUBPATHS = Object.keys(MANIFEST.exports).map(
  (subpath) => `mcp-resource-server${subpath.slice(1)}`,
)

/** Subpaths whose import needs a package that users bring, and that package. */
const NEEDS: Readonly<Record<string, string>> = {
  'mcp-resource-server/mcp-sdk': '@modelcontextprotocol/sdk',
  'mcp-resource-server/mcp-server': '@modelcontextprotocol/server',
  'mcp-resource-server/opentelemetry': '@opentelemetry/api',
  'mcp-resource-server/testing/msw': 'msw',
}

/** Imports each subpath, and prints for each how many names it gives, or the package that is missing. */
const IMPORT_ALL = `
  const found = {}
  for (const subpath of ${JSON.stringify(SUBPATHS)}) {
    const json = subpath.endsWith('.json') ? { with: { type: 'json' } } : {}
    try {
      found[subpath] = Object.keys(await import(subpath, json)).length
    } catch (error) {
      found[subpath] = /Cannot find package '([^']+)'/.exec(error.message)?.[1] ?? error.message
    }
  }
  console.log(JSON.stringify(found))
`

interface Place {
  /** An empty folder. */
  readonly folder: string
  /** Runs a command in it, with this Node and without what npm says to its own scripts. */
  readonly call: (command: string, ...args: readonly string[]) => Promise<string>
  readonly tarball: string
}

async function inEmptyFolder(work: (place: Place) => Promise<void>): Promise<void> {
  const base = await mkdtemp(join(tmpdir(), 'mcp-resource-server-packed-'))
  try {
    const folder = join(base, 'empty')
    await mkdir(folder)
    // The tier has built it just now.
    await run('npm', ['pack', '--ignore-scripts', '--silent', '--pack-destination', base], {
      cwd: ROOT,
    })
    const [file, ...more] = (await readdir(base)).filter((name) => name.endsWith('.tgz'))
    assert.deepEqual([file, more], [`mcp-resource-server-${MANIFEST.version}.tgz`, []])
    const settings = Object.entries(process.env).filter(([name]) => !/^npm_(?!config_)/i.test(name))
    const env = {
      ...Object.fromEntries(settings),
      PATH: `${dirname(process.execPath)}${delimiter}${process.env.PATH}`,
      npm_config_prefer_offline: 'true',
      npm_config_audit: 'false',
      npm_config_fund: 'false',
      npm_config_update_notifier: 'false',
    }
    const call: Place['call'] = async (command, ...args) =>
      (await run(command, args, { cwd: folder, env, maxBuffer: 32 * 1024 * 1024 })).stdout
    await work({ folder, call, tarball: `../${file}` })
  } finally {
    await rm(base, { recursive: true, force: true })
  }
}

async function byNpx(): Promise<void> {
  await inEmptyFolder(async ({ folder, call, tarball }) => {
    const npx = (...args: readonly string[]) => call('npx', '--yes', tarball, ...args)
    assert.match(await npx('--help'), /^Usage: mcp-resource-server <command>/)
    assert.match(await npx('doctor', '--help'), /^Usage: mcp-resource-server doctor /)
    const realm = JSON.parse(await npx('realm', '--resource', 'https://mcp.example.com/mcp'))
    assert.equal(realm.realm, 'mcp')
    assert.ok(JSON.stringify(realm.clientScopes).includes('https://mcp.example.com/mcp'))
    assert.deepEqual(await readdir(folder), [], 'npx leaves nothing in the folder')
  })
}

async function installed(): Promise<void> {
  await inEmptyFolder(async ({ folder, call, tarball }) => {
    const importAll = async (): Promise<Record<string, unknown>> =>
      JSON.parse(await call('node', '--input-type=module', '--eval', IMPORT_ALL))
    await call('npm', 'install', tarball)
    const packages = (await readdir(join(folder, 'node_modules'))).filter(
      (name) => !name.startsWith('.'),
    )
    assert.deepEqual(
      packages.sort(),
      ['mcp-resource-server', ...Object.keys(MANIFEST.dependencies)].sort(),
    )
    const command = join(folder, 'node_modules/.bin/mcp-resource-server')
    assert.equal((await call(command, '--version')).trim(), MANIFEST.version)
    assert.match(await call(command, 'explain', '--help'), /^Usage: mcp-resource-server explain /)
    for (const [subpath, found] of Object.entries(await importAll())) {
      if (subpath in NEEDS) assert.equal(found, NEEDS[subpath], subpath)
      else assert.ok(Number(found) > 0, `${subpath}: ${found}`)
    }
    // In the versions that the project is tried with.
    const peers = Object.values(NEEDS).map((name) => `${name}@${MANIFEST.devDependencies[name]}`)
    await call('npm', 'install', ...peers)
    for (const [subpath, found] of Object.entries(await importAll())) {
      assert.ok(Number(found) > 0, `${subpath}: ${found}`)
    }
  })
}

export const packed: readonly { readonly name: string; run(): Promise<void> }[] = [
  { name: 'npx runs the packed package from an empty folder', run: byNpx },
  { name: 'an installation of the packed package gives every subpath', run: installed },
]
