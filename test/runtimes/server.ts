/**
 * Runs in each runtime, and so uses nothing of one of them but its HTTP server: starts and closes
 * resource servers as the lines of its standard input say, and answers each line with one.
 */
import { subscribe } from 'node:diagnostics_channel'
import process from 'node:process'
import { createInterface } from 'node:readline'
import { createResourceServer, type ResourceServer, type Revocation } from 'mcp-resource-server'
import { adapterOf } from 'mcp-resource-server/adapter'
import { fetchGate, type GuardedHandler } from 'mcp-resource-server/fetch'
import { DECISION_CHANNEL, OUTBOUND_CHANNEL } from 'mcp-resource-server/telemetry'
import { arrange } from '../conformance/arrangements.ts'
import { type Listener, routesOf, type ServerOptions } from '../conformance/driver.ts'
import { Echo, type EchoLog } from '../conformance/echo.ts'
import { countStreams } from '../conformance/watched-streams.ts'
import { answerWeb } from '../conformance/web-echo.ts'

export interface Command {
  readonly id: number
  readonly do: 'start' | 'log' | 'events' | 'revoke' | 'streams' | 'close'
  readonly options?: ServerOptions
  readonly server?: number | undefined
  readonly channel?: string
  readonly revocation?: Revocation
}

export interface Answer {
  readonly id: number
  readonly runtime?: string
  readonly server?: number
  readonly origin?: string
  readonly log?: EchoLog
  readonly streams?: number
  readonly events?: readonly Record<string, unknown>[]
  readonly error?: string
}

type Handler = (request: Request) => Promise<Response>

interface Host {
  readonly version: string
  listen(handler: Handler): Promise<Listener>
}

/** What is used of the globals whose types belong to other runtimes. */
interface Globals {
  readonly Bun?: {
    readonly version: string
    serve(options: { hostname: string; port: number; fetch: Handler }): {
      readonly port: number
      stop(closeConnections: boolean): Promise<void>
    }
  }
  readonly Deno?: {
    readonly version: { readonly deno: string }
    serve(
      options: { hostname: string; port: number; onListen: () => void },
      handler: Handler,
    ): { readonly addr: { readonly port: number }; shutdown(): Promise<void> }
  }
}

const HOSTNAME = '127.0.0.1'

async function thisHost(): Promise<Host> {
  const { Bun, Deno } = globalThis as Globals
  if (Bun !== undefined) {
    return {
      version: `Bun ${Bun.version}`,
      async listen(handler) {
        const server = Bun.serve({ hostname: HOSTNAME, port: 0, fetch: handler })
        return { port: server.port, close: () => server.stop(true) }
      },
    }
  }
  if (Deno !== undefined) {
    return {
      version: `Deno ${Deno.version.deno}`,
      async listen(handler) {
        // What it would print at the start would come between the answers.
        const options = { hostname: HOSTNAME, port: 0, onListen: () => {} }
        const server = Deno.serve(options, handler)
        return { port: server.addr.port, close: () => server.shutdown() }
      },
    }
  }
  const { createAdaptorServer } = await import('@hono/node-server')
  return {
    version: `Node ${process.versions.node}`,
    async listen(handler) {
      const server = createAdaptorServer({ fetch: handler, hostname: HOSTNAME })
      await new Promise<void>((resolve) => server.listen(0, HOSTNAME, resolve))
      const address = server.address()
      if (address === null || typeof address === 'string') throw new Error('no port')
      return {
        port: address.port,
        close: () =>
          new Promise((resolve) => {
            server.close(resolve)
            if ('closeAllConnections' in server) server.closeAllConnections()
          }),
      }
    },
  }
}

const host = await thisHost()
const told = new Map<string, Record<string, unknown>[]>()
for (const channel of [DECISION_CHANNEL, OUTBOUND_CHANNEL]) {
  const events: Record<string, unknown>[] = []
  told.set(channel, events)
  subscribe(channel, (event) => events.push(event as Record<string, unknown>))
}

interface Running {
  readonly echo: Echo
  readonly resourceServer: ResourceServer
  readonly streams: () => number
  readonly close: () => Promise<void>
  /** How much had been told when it started. */
  readonly before: ReadonlyMap<string, number>
}

const running = new Map<number, Running>()
let last = 0

async function start({ arrangement, ...options }: ServerOptions): Promise<Omit<Answer, 'id'>> {
  const resourceServer = createResourceServer(options)
  const streams = countStreams(adapterOf('server', resourceServer))
  if (arrangement !== undefined) arrange(adapterOf('server', resourceServer), arrangement)
  const echo = new Echo(host.version)
  const guarded: GuardedHandler = (request, authenticated) =>
    answerWeb(echo, request, authenticated)
  const otherwise = fetchGate(resourceServer, guarded)
  const routes = new Map(
    routesOf(resourceServer).map(([path, route]) => [
      path,
      fetchGate(resourceServer, guarded, route),
    ]),
  )
  const handler: Handler = (request) =>
    (routes.get(new URL(request.url).pathname) ?? otherwise)(request)
  const listener = await host.listen(handler)
  last += 1
  running.set(last, {
    echo,
    resourceServer,
    streams,
    before: new Map([...told].map(([channel, events]) => [channel, events.length])),
    async close() {
      await listener.close()
      await resourceServer.close()
    },
  })
  return { server: last, origin: `http://${HOSTNAME}:${listener.port}` }
}

async function obey(command: Command): Promise<Omit<Answer, 'id'>> {
  if (command.do === 'start') {
    if (command.options === undefined) throw new Error('no options')
    return start(command.options)
  }
  const server = running.get(command.server ?? 0)
  if (server === undefined) throw new Error(`no server ${command.server}`)
  if (command.do === 'close') {
    running.delete(command.server ?? 0)
    await server.close()
    return {}
  }
  if (command.do === 'log') return { log: server.echo.log }
  if (command.do === 'streams') return { streams: server.streams() }
  if (command.do === 'revoke') {
    await server.resourceServer.revoke(command.revocation ?? {})
    return {}
  }
  const channel = command.channel ?? ''
  return { events: told.get(channel)?.slice(server.before.get(channel)) ?? [] }
}

function say(answer: Answer): void {
  process.stdout.write(`${JSON.stringify(answer)}\n`)
}

say({ id: 0, runtime: host.version })
for await (const line of createInterface({ input: process.stdin })) {
  const command = JSON.parse(line) as Command
  // Not awaited: a server that takes its time to close must not hold up the others.
  obey(command).then(
    (answer) => say({ id: command.id, ...answer }),
    (error) => say({ id: command.id, error: error?.stack ?? String(error) }),
  )
}
process.exit()
