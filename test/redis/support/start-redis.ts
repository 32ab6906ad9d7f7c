import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createClient } from 'redis'
import { freePort } from '../../../scripts/keycloak/ports.ts'
import { type ServerKind, serverBinary } from './server-binary.ts'

export interface StartRedisOptions {
  /** @defaultValue `'redis'` */
  readonly kind?: ServerKind
  /** @defaultValue a free one */
  readonly port?: number
  /** More of the configuration: `{ 'maxmemory': '3mb' }`. */
  readonly config?: Readonly<Record<string, string>>
  /** Writes a configuration file, and returns the arguments in place of those of `config`. */
  readonly configFile?: (folder: string, port: number) => readonly string[]
}

/**
 * Starts a Redis or Valkey server in a folder of its own, on loopback. It keeps its data over `kill` and
 * `restart`. It ends with `stop`, and with this process.
 */
export async function startRedis(options: StartRedisOptions = {}): Promise<RedisServer> {
  const server = new RedisServer(options, options.port ?? (await freePort()))
  await server.restart()
  return server
}

/** A running server. Every method returns when the server is in that state. */
export class RedisServer {
  readonly host = '127.0.0.1'
  readonly port: number
  readonly url: string
  readonly folder: string = mkdtempSync(join(tmpdir(), 'mcp-redis-'))
  readonly #options: StartRedisOptions
  #child: ChildProcess | undefined
  #ended: Promise<unknown> = Promise.resolve()
  #output = ''

  constructor(options: StartRedisOptions, port: number) {
    this.#options = options
    this.port = port
    this.url = `redis://127.0.0.1:${port}`
    process.once('exit', this.#onExit)
  }

  /** Ends the server at once, as a power cut does. Its port then refuses connections. */
  async kill(): Promise<void> {
    this.#child?.kill('SIGKILL')
    await this.#ended
    this.#child = undefined
  }

  /** Starts the server again on the same port. */
  async restart({ empty = false }: { readonly empty?: boolean } = {}): Promise<void> {
    await this.kill()
    const { kind = 'redis', config, configFile } = this.#options
    const data = join(this.folder, 'data')
    if (empty) rmSync(data, { recursive: true, force: true })
    mkdirSync(data, { recursive: true })
    const settings = {
      port: String(this.port),
      bind: this.host,
      dir: data,
      save: '',
      appendonly: 'yes',
      // A failover is not delayed by a full copy that waits for other replicas.
      'repl-diskless-sync-delay': '0',
      ...config,
    }
    const args =
      configFile?.(this.folder, this.port) ??
      Object.entries(settings).flatMap(([name, value]) => [`--${name}`, value])
    this.#output = ''
    const child = spawn(serverBinary(kind), args)
    this.#child = child
    this.#ended = once(child, 'close')
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => (this.#output += text))
    }
    await this.#answers(child)
  }

  /** Stops the process without ending it. Its connections stay open, and nothing answers. */
  pause(): void {
    this.#child?.kill('SIGSTOP')
  }

  /** Lets a paused server go on, with everything that was sent to it meanwhile. */
  resume(): void {
    this.#child?.kill('SIGCONT')
  }

  /** Ends the server and removes its data. */
  async stop(): Promise<void> {
    await this.kill()
    rmSync(this.folder, { recursive: true, force: true })
    process.removeListener('exit', this.#onExit)
  }

  /** Sends one command over a connection of its own. */
  async command(...args: readonly string[]): Promise<unknown> {
    const password = this.#options.config?.requirepass
    const client = createClient({
      url: this.url,
      ...(password !== undefined && { password }),
      socket: { reconnectStrategy: false, connectTimeout: 20_000 },
    })
    client.on('error', () => {})
    try {
      await client.connect()
      return await client.sendCommand([...args])
    } finally {
      client.destroy()
    }
  }

  /** What the server printed since its last start. */
  get output(): string {
    return this.#output
  }

  readonly #onExit = (): void => {
    this.#child?.kill('SIGKILL')
  }

  async #answers(child: ChildProcess): Promise<void> {
    for (;;) {
      if (child.exitCode !== null || child.signalCode !== null) {
        throw new Error(`the server did not start:\n${this.#output}`)
      }
      try {
        await this.command('PING')
        return
      } catch (error) {
        // LOADING: it reads its data.
        if (error instanceof Error && /NOAUTH|WRONGPASS/.test(error.message)) return
        await new Promise((resolve) => setTimeout(resolve, 20))
      }
    }
  }
}

/** Waits until something holds. @throws {Error} naming it, after a time in milliseconds */
export async function until(
  what: string,
  holds: () => boolean | Promise<boolean>,
  milliseconds = 30_000,
): Promise<void> {
  const end = Date.now() + milliseconds
  for (;;) {
    if (await Promise.resolve(holds()).catch(() => false)) return
    if (Date.now() > end) throw new Error(`after ${milliseconds} ms, still not: ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 25))
  }
}
