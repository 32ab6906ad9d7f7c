import { spawnSync } from 'node:child_process'
import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { runCommand } from './command.ts'
import { httpsArguments } from './https.ts'
import { type Server, type ServerOptions, untilReady } from './server.ts'
import { FEATURES, SECURITY_EVENTS, VERSIONS } from './versions.ts'

/** Whether a Docker engine answers; a client alone is not enough. */
export function dockerAnswers(): boolean {
  const { status } = spawnSync('docker', ['version', '--format', '{{.Server.Version}}'], {
    stdio: 'ignore',
  })
  return status === 0
}

/** Where the container sees its certificates. */
const CERTIFICATES = '/opt/keycloak/certificates'

/** Keycloak in a container, its port on loopback alone. */
export function dockerServer(options: ServerOptions): Server {
  const { port, administrator, https, say, features = FEATURES } = options
  const [version] = VERSIONS
  const url = `http://localhost:${port}`
  const name = `mcp-resource-server-keycloak-${port}`
  const folder = https && mkdtempSync(join(tmpdir(), 'keycloak-'))
  let created = false

  async function docker(what: string, args: readonly string[], env?: NodeJS.ProcessEnv) {
    const { code, output } = await runCommand('docker', args, {
      what,
      say,
      env: { ...process.env, ...env },
    })
    if (code !== 0)
      throw new Error(`${what} failed: docker ${args[0]} ended with ${code}:\n${output}`)
  }

  /** What https needs of `docker run`, and of Keycloak. */
  function overHttps(): { readonly run: readonly string[]; readonly start: readonly string[] } {
    if (https === undefined || folder === undefined) return { run: [], start: [] }
    const start = httpsArguments(https, folder, CERTIFICATES)
    // Keycloak is another user in the container.
    chmodSync(folder, 0o755)
    return {
      run: [`--publish=127.0.0.1:${https.port}:8443`, `--volume=${folder}:${CERTIFICATES}:ro`],
      start: ['--https-client-auth=request', ...start],
    }
  }

  async function create(): Promise<void> {
    const { run, start } = overHttps()
    say(`Starting Keycloak ${version} with Docker (the image is pulled at the first time)`)
    await docker(
      'Starting the container',
      [
        'run',
        '--detach',
        '--name',
        name,
        '--publish',
        `127.0.0.1:${port}:8080`,
        ...run,
        // By name alone: the values come from the environment, and stand in no list of processes.
        ...['--env', 'KC_BOOTSTRAP_ADMIN_USERNAME', '--env', 'KC_BOOTSTRAP_ADMIN_PASSWORD'],
        `keycloak/keycloak:${version}`,
        'start-dev',
        `--hostname=${url}`,
        `--features=${features.join(',')}`,
        ...SECURITY_EVENTS,
        ...start,
      ],
      {
        KC_BOOTSTRAP_ADMIN_USERNAME: administrator.username,
        KC_BOOTSTRAP_ADMIN_PASSWORD: administrator.password,
      },
    )
    created = true
  }

  return {
    url,
    ...(https === undefined ? {} : { httpsUrl: `https://localhost:${https.port}` }),
    description: `Keycloak ${version}, Docker container ${name}`,
    start: async () => {
      if (created) await docker('Starting the container', ['start', name])
      else await create()
      await untilReady(`${url}/realms/master`, say)
    },
    stop: () => docker('Stopping the container', ['stop', name]),
    remove: async () => {
      if (created) await docker('Removing the container', ['rm', '--force', '--volumes', name])
      created = false
      if (folder !== undefined) rmSync(folder, { recursive: true, force: true })
    },
  }
}
