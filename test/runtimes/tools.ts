/**
 * What docs/runtimes.md says of bundlers and of Jest, done: the package stands in a project's
 * node_modules, is bundled or put to a test, and has to judge two requests.
 */
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const ROOT = fileURLToPath(new URL('../../', import.meta.url))
const ENGINES = join(ROOT, 'test/runtimes/engines/node_modules')
const run = promisify(execFile)

/** 401 without a token; 503 with one, for nobody listens where its issuer is. */
const JUDGE = `
async function judge({ createResourceServer }) {
  const resource = 'http://127.0.0.1/mcp'
  const issuer = 'http://127.0.0.1:9/'
  const gate = createResourceServer({ resource, authorizationServer: issuer })
  const part = (value) => Buffer.from(JSON.stringify(value)).toString('base64url')
  const claims = { iss: issuer, aud: resource, sub: 'a', client_id: 'a', jti: 'a', iat: 1, exp: 9e9 }
  const token = [part({ alg: 'ES256', typ: 'at+jwt', kid: 'a' }), part(claims), 'AAAA'].join('.')
  const statuses = []
  for (const headers of [{}, { authorization: 'Bearer ' + token }]) {
    statuses.push((await gate.authenticate({ method: 'POST', url: '/mcp', headers })).status)
  }
  return statuses.join(' ')
}
`
const JUDGED = '401 503'

const PROGRAM = `import { createResourceServer } from 'mcp-resource-server'
${JUDGE}
console.log(await judge({ createResourceServer }))
`
/** CommonJS has no `await` at the top. */
const PROGRAM_FOR_COMMONJS = PROGRAM.replace(
  /console.log\(await (.*)\)\n/,
  '$1.then((judged) => console.log(judged))\n',
)

const testOf = (load: string): string => `${JUDGE}
test('judges', async () => expect(await judge(${load})).toBe('${JUDGED}'))
`

/** The testing kit, with a gate that trusts it, the profile of a vendor and an explanation. */
const KIT = `import { explainToken } from 'mcp-resource-server/explain'
import { auth0 } from 'mcp-resource-server/profiles'
import { createTestIssuer, mcpMatchers, testRequest } from 'mcp-resource-server/testing'

async function decide() {
  const issuer = createTestIssuer({ profile: 'auth0' })
  const gate = issuer.resourceServer({ authorizationServer: auth0({ domain: 'acme.eu.auth0.com' }) })
  const token = await issuer.token()
  const allowed = await gate.authenticate(await testRequest({ token }))
  const forged = await issuer.forgedToken()
  const challenged = await gate.authenticate(await testRequest({ token: forged }))
  const { verdict } = await explainToken(token, gate)
  await issuer.close()
  return { allowed, challenged, verdict }
}
`

const KIT_PROGRAM = `${KIT}
const { allowed, challenged, verdict } = await decide()
console.log(allowed.outcome, challenged.reason, verdict, Object.keys(mcpMatchers).length)
`

const KIT_TEST = `${KIT}
expect.extend(mcpMatchers)
test('decides', async () => {
  const { allowed, challenged, verdict } = await decide()
  expect(allowed).toBeAllowed()
  expect(challenged).toBeChallenged({ reason: 'signature_invalid' })
  expect(challenged).not.toBeAllowed()
  expect(verdict).toBe('accepted')
})
`

/** Runs the program with the testing kit in a runtime. */
async function kitIn(command: string, args: readonly string[]): Promise<void> {
  await inProject({ 'app.mjs': KIT_PROGRAM }, async (folder) => {
    const { stdout } = await run(command, [...args, 'app.mjs'], { cwd: folder })
    assert.equal(stdout.trim(), 'allowed signature_invalid accepted 4')
  })
}

/** A project with the package as npm would install it, and some files. */
async function inProject(
  files: Readonly<Record<string, string>>,
  work: (folder: string) => Promise<void>,
): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'mcp-resource-server-tools-'))
  try {
    const installed = join(folder, 'node_modules/mcp-resource-server')
    await mkdir(installed, { recursive: true })
    for (const entry of ['package.json', 'dist']) {
      await cp(join(ROOT, entry), join(installed, entry), { recursive: true })
    }
    const { dependencies } = createRequire(import.meta.url)('../../package.json')
    for (const name of Object.keys(dependencies)) {
      const from = join(ROOT, 'node_modules', name)
      await cp(from, join(folder, 'node_modules', name), { recursive: true })
    }
    for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text)
    await work(folder)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

const BANNER =
  "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);"

async function esbuild(program: string, out: string, options: readonly string[]): Promise<void> {
  await inProject({ 'app.mjs': program }, async (folder) => {
    const bundle = ['app.mjs', '--bundle', '--platform=node', `--outfile=${out}`]
    const at = { cwd: folder }
    await run(join(ENGINES, '.bin/esbuild'), [...bundle, ...options, '--log-level=warning'], at)
    const { stdout } = await run(process.execPath, [out], at)
    assert.equal(stdout.trim(), JUDGED)
  })
}

const BABEL = JSON.stringify({
  plugins: [join(ENGINES, '@babel/plugin-transform-modules-commonjs')],
})
const TRANSFORMED = '/node_modules/(?!(mcp-resource-server|jose)/)'

async function jest(
  files: Readonly<Record<string, string>>,
  { flag = '', options = [] }: { flag?: string; options?: readonly string[] },
): Promise<void> {
  await inProject({ 'package.json': '{}', ...files }, async (folder) => {
    const args = [join(ENGINES, 'jest/bin/jest.js'), '--testMatch', '**/*.test.*js', ...options]
    const env = { ...process.env, NODE_OPTIONS: flag }
    const { stderr } = await run(process.execPath, args, { cwd: folder, env })
    assert.match(stderr, /Tests: +1 passed, 1 total/)
  })
}

const DENO = words(
  'run --quiet --no-prompt --no-remote --no-lock --node-modules-dir=manual --allow-env',
)

function words(text: string): readonly string[] {
  return text.split(' ')
}

const MODULES = { flag: '--experimental-vm-modules' }

export const tools: readonly { readonly name: string; run(): Promise<void> }[] = [
  {
    name: 'esbuild, packages external',
    run: () => esbuild(PROGRAM, 'out.mjs', ['--format=esm', '--packages=external']),
  },
  {
    name: 'esbuild, CommonJS',
    run: () => esbuild(PROGRAM_FOR_COMMONJS, 'out.cjs', ['--format=cjs']),
  },
  {
    name: 'esbuild, one ES module with a banner',
    run: () => esbuild(PROGRAM, 'out.mjs', ['--format=esm', `--banner:js=${BANNER}`]),
  },
  {
    name: 'Jest, ES modules',
    run: () =>
      jest(
        { 'a.test.mjs': `import * as loaded from 'mcp-resource-server'\n${testOf('loaded')}` },
        MODULES,
      ),
  },
  {
    name: 'Jest, the testing kit and its matchers',
    run: () => jest({ 'a.test.mjs': KIT_TEST }, MODULES),
  },
  { name: 'Node, the testing kit', run: () => kitIn(process.execPath, []) },
  {
    name: 'Bun, the testing kit',
    run: () => kitIn(join(ENGINES, '.bin/bun'), ['--no-install', 'run']),
  },
  { name: 'Deno, the testing kit', run: () => kitIn(join(ENGINES, '.bin/deno'), DENO) },
  {
    name: 'Jest, import() in CommonJS',
    run: () => jest({ 'a.test.js': testOf("await import('mcp-resource-server')") }, MODULES),
  },
  {
    name: 'Jest, require() in CommonJS',
    run: () => jest({ 'a.test.js': testOf("require('mcp-resource-server')") }, MODULES),
  },
  {
    name: 'Jest, transformed by Babel',
    run: () =>
      jest(
        {
          'babel.config.json': BABEL,
          'a.test.js': `import * as loaded from 'mcp-resource-server'\n${testOf('loaded')}`,
        },
        { options: ['--transformIgnorePatterns', TRANSFORMED] },
      ),
  },
]
