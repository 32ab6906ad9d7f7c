import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Distribution } from './distribution.ts'
import { httpsArguments } from './https.ts'
import type { Java } from './java.ts'
import { freePort } from './ports.ts'
import { type Server, type ServerOptions, untilReady } from './server.ts'
import { SECURITY_EVENTS } from './versions.ts'

/** Milliseconds after which a Keycloak that was asked to stop is not asked any more. */
const PATIENCE = 15_000

/** Characters of the log that are kept, to be shown when a start fails. */
const LOG_KEPT = 8000

/** Keycloak as a process of this machine, on loopback, with a database in a folder of its own. */
export function distributionServer(
  distribution: Distribution,
  java: Java,
  { port, administrator, https, say }: ServerOptions,
): Server {
  const url = `http://localhost:${port}`
  const data = mkdtempSync(join(tmpdir(), 'keycloak-'))
  let child: ChildProcess | undefined
  let log = ''

  // The script is the parent of the Java process: a signal goes to both, to the group that they are.
  const signal = (name: NodeJS.Signals): void => {
    try {
      if (child?.pid !== undefined) process.kill(-child.pid, name)
    } catch {
      // Gone already.
    }
  }
  const kill = (): void => signal('SIGKILL')
  const forget = (): void => rmSync(data, { recursive: true, force: true })
  const end = (): void => {
    kill()
    forget()
  }

  async function start(): Promise<void> {
    if (child !== undefined) throw new Error('Keycloak is running already')
    const management = await freePort()
    log = ''
    const started = spawn(
      join(distribution.home, 'bin/kc.sh'),
      [
        'start',
        '--optimized',
        '--http-enabled=true',
        '--http-host=127.0.0.1',
        `--http-port=${port}`,
        // Fixes the issuer, whatever host name a request comes by.
        `--hostname=${url}`,
        '--http-management-host=127.0.0.1',
        `--http-management-port=${management}`,
        // Without it the health address becomes https too.
        '--http-management-scheme=http',
        ...SECURITY_EVENTS,
        ...(https === undefined
          ? []
          : [`--https-port=${https.port}`, ...httpsArguments(https, data)]),
      ],
      {
        // A group of its own: Ctrl-C in the terminal reaches us alone, and we stop it in order.
        detached: true,
        stdio: ['ignore', 'pipe', 'pipe'],
        env: {
          ...process.env,
          JAVA_HOME: java.home,
          JAVA_OPTS_KC_HEAP: process.env.JAVA_OPTS_KC_HEAP ?? '-Xms64m -Xmx512m',
          // Less compiling: a server that lives for minutes never earns it back.
          JAVA_OPTS_APPEND: process.env.JAVA_OPTS_APPEND ?? '-XX:TieredStopAtLevel=1',
          KC_DB_URL: `jdbc:h2:file:${join(data, 'keycloak')};NON_KEYWORDS=VALUE;DB_CLOSE_ON_EXIT=FALSE`,
          KC_BOOTSTRAP_ADMIN_USERNAME: administrator.username,
          KC_BOOTSTRAP_ADMIN_PASSWORD: administrator.password,
        },
      },
    )
    child = started
    const keep = (chunk: Buffer): void => {
      log = (log + chunk).slice(-LOG_KEPT)
    }
    started.stdout?.on('data', keep)
    started.stderr?.on('data', keep)
    process.once('exit', end)
    let ended: string | undefined
    started.once('close', (code) => {
      ended = `Keycloak ended with ${code} while it started:\n${log}`
    })
    try {
      await untilReady(`http://127.0.0.1:${management}/health/ready`, say, () => ended)
      await untilReady(`${url}/realms/master`, say, () => ended)
    } catch (error) {
      await stop()
      throw error
    }
  }

  async function stop(): Promise<void> {
    const stopping = child
    if (stopping === undefined) return
    const running = stopping.exitCode === null && stopping.signalCode === null
    const closed = running
      ? new Promise((resolve) => stopping.once('close', resolve))
      : Promise.resolve()
    signal('SIGTERM')
    const timer = setTimeout(kill, PATIENCE)
    await closed
    clearTimeout(timer)
    process.off('exit', end)
    child = undefined
  }

  return {
    url,
    ...(https === undefined ? {} : { httpsUrl: `https://localhost:${https.port}` }),
    description: `Keycloak ${distribution.version}, Java ${java.major}`,
    start,
    stop,
    remove: async () => {
      await stop()
      forget()
    },
  }
}
