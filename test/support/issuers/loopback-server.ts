import type { ServerResponse } from 'node:http'
import { createServer as createTcpServer } from 'node:net'
import { startTestIssuer } from '../../../src/testing/start-test-issuer.ts'
import type {
  TestAnswer,
  TestFailure,
  TestIssuerRequest,
} from '../../../src/testing/test-answer.ts'
import type { TestIssuer } from '../../../src/testing/test-issuer.ts'
import { listenOnLoopback } from '../loopback.ts'
import { currentExchange, watchConnections } from './connections.ts'

/** A request that the server has received. Its `url` is path and query. */
export interface Received extends TestIssuerRequest {
  readonly authorization: string | undefined
  readonly contentType: string | undefined
}

/** Chooses the answer to a request, or writes it byte by byte and returns nothing, or leaves it open. */
export type Answer = (received: Received, response: ServerResponse) => Reply | Promise<Reply>

// biome-ignore lint/suspicious/noConfusingVoidType: a function that writes the answer returns nothing
type Reply = TestAnswer | TestFailure | Answer | undefined | void

/** The server of a test issuer, of which a test sets how each path answers. */
export interface LoopbackServer extends AsyncDisposable {
  /** The test issuer, as the kit has it. */
  readonly kit: TestIssuer
  readonly origin: string
  /** Sets how a path answers from now on. */
  on(path: string, answer: Answer): void
  /** How many requests came, for one path or for all. */
  count(path?: string): number
  /** The requests for a path, in order. */
  received(path: string): readonly Received[]
  /** How many connections were opened so far, with or without a request. */
  readonly accepted: number
  /** How many connections are open now. */
  connected(): number
  /** Forgets the requests so far. */
  clear(): void
  /** An outage: all connections end, and new ones are refused. */
  stop(): Promise<void>
  /** Ends the outage: the server listens again, on the same port. */
  start(): Promise<void>
}

export async function startLoopbackServer(
  options?: Parameters<typeof startTestIssuer>[0],
): Promise<LoopbackServer> {
  const kit = await startTestIssuer(options)
  const { origin, port } = new URL(kit.issuer)
  const connections = watchConnections(Number(port))
  const at = (path: string) => path as `/${string}`
  const outages: AsyncDisposable[] = []
  return {
    kit,
    origin,
    on(path, answer) {
      kit.replaceAnswer(at(path), async (request) => {
        const [received, { response }] = [receivedOf(request), currentExchange()]
        let reply: Reply = answer
        while (typeof reply === 'function') reply = await reply(received, response)
        return reply ?? 'silent'
      })
    },
    count: (path) => (path === undefined ? kit.requests : kit.requestsTo(at(path))).length,
    received: (path) => kit.requestsTo(at(path)).map(receivedOf),
    get accepted() {
      return connections.accepted
    },
    connected: () => connections.open.size,
    clear: () => kit.forgetRequests(),
    async stop() {
      outages.push(kit.outage())
    },
    async start() {
      for (const outage of outages.splice(0)) await outage[Symbol.asyncDispose]()
    },
    async [Symbol.asyncDispose]() {
      await kit[Symbol.asyncDispose]()
      connections[Symbol.dispose]()
    },
  }
}

function receivedOf(request: TestIssuerRequest): Received {
  const { headers, url } = request
  const { pathname, search } = new URL(url)
  const contentType = headers['content-type']
  return { ...request, url: pathname + search, authorization: headers.authorization, contentType }
}

/** The origin of a port on which nothing listens. */
export async function deadOrigin(): Promise<string> {
  const { origin, close } = await listenOnLoopback(createTcpServer())
  await close()
  return origin
}
