import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import type { Case, Driver, RunningServer, ServerOptions } from '../conformance/driver.ts'
import type { Answer, Command } from './server.ts'

/** A runtime and the command line that runs a module in it. */
export interface Runtime {
  readonly name: string
  readonly command: string
  readonly args: readonly string[]
}

/** A process of a runtime, in which servers come and go. */
export interface Engine extends AsyncDisposable {
  /** What the process says it is. */
  readonly version: string
  /** Runs one case, and closes what it left open. */
  run(one: Case): Promise<void>
}

const SERVER = fileURLToPath(new URL('server.ts', import.meta.url))
const START_TIMEOUT = 30_000
const CASE_TIMEOUT = 30_000

export async function startEngine({ name, command, args }: Runtime): Promise<Engine> {
  const child = spawn(command, [...args, SERVER], { stdio: ['pipe', 'pipe', 'inherit'] })
  const waiting = new Map<number, PromiseWithResolvers<Answer>>()
  const greeting = Promise.withResolvers<Answer>()
  waiting.set(0, greeting)
  let dead: Error | undefined
  let last = 0

  const die = (why: string): void => {
    dead ??= new Error(`${name}: ${why}`)
    for (const { reject } of waiting.values()) reject(dead)
    waiting.clear()
  }
  child.on('error', (error) => die(`cannot be started, ${error.message}`))
  child.on('close', (code, signal) => die(`the process ended with ${signal ?? code}`))
  // That a process has gone is told above; writing to it must not end this one.
  child.stdin.on('error', () => {})
  createInterface({ input: child.stdout }).on('line', (line) => {
    let answer: Answer
    try {
      answer = JSON.parse(line)
    } catch {
      return die(`said what is no answer: ${line}`)
    }
    const asked = waiting.get(answer.id)
    waiting.delete(answer.id)
    if (answer.error === undefined) asked?.resolve(answer)
    else asked?.reject(new Error(`${name}: ${answer.error}`))
  })

  function ask(command: Omit<Command, 'id'>): Promise<Answer> {
    if (dead !== undefined) return Promise.reject(dead)
    last += 1
    const asked = Promise.withResolvers<Answer>()
    waiting.set(last, asked)
    child.stdin.write(`${JSON.stringify({ id: last, ...command })}\n`)
    return asked.promise
  }

  async function start(options: ServerOptions): Promise<RunningServer> {
    const { server, origin = '' } = await ask({ do: 'start', options })
    let closed: Promise<unknown> | undefined
    return {
      origin,
      protocol: 'http/1.1',
      async log() {
        const { log } = await ask({ do: 'log', server })
        if (log === undefined) throw new Error(`${name}: no log`)
        return log
      },
      events: async (channel) => (await ask({ do: 'events', server, channel })).events ?? [],
      async revoke(revocation) {
        await ask({ do: 'revoke', server, revocation })
      },
      streams: async () => (await ask({ do: 'streams', server })).streams ?? Number.NaN,
      async close() {
        closed ??= ask({ do: 'close', server })
        await closed
      },
    }
  }

  let version: string
  try {
    const { runtime = '' } = await within(START_TIMEOUT, 'did not start', greeting.promise)
    version = runtime
  } catch (error) {
    child.kill('SIGKILL')
    throw error
  }
  return {
    version,
    async run(one) {
      const servers: RunningServer[] = []
      const driver: Driver = {
        runtime: name,
        async start(options) {
          const server = await start(options)
          servers.push(server)
          return server
        },
      }
      const close = () => within(CASE_TIMEOUT, 'cannot be closed', closeAll(servers))
      try {
        await within(CASE_TIMEOUT, 'took too long', one.run(driver))
      } catch (error) {
        // What went wrong first is what is told.
        await close().catch(() => {})
        throw error
      }
      // A server that cannot be closed fails the case that started it.
      await close()
    },
    [Symbol.asyncDispose]: () => end(child),
  }
}

async function closeAll(servers: readonly RunningServer[]): Promise<void> {
  await Promise.all(servers.map((server) => server.close()))
}

async function within<T>(timeout: number, why: string, work: Promise<T>): Promise<T> {
  const late = Promise.withResolvers<never>()
  const timer = setTimeout(() => late.reject(new Error(why)), timeout)
  try {
    return await Promise.race([work, late.promise])
  } finally {
    clearTimeout(timer)
  }
}

/** Its input ends, so it ends; one that does not is made to. */
async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const ended = once(child, 'exit')
  const timer = setTimeout(() => child.kill('SIGKILL'), 5_000)
  child.stdin?.end()
  await ended
  clearTimeout(timer)
}
