import {
  Client as ClientV2,
  StreamableHTTPClientTransport as TransportV2,
  UnauthorizedError as UnauthorizedErrorV2,
} from '@modelcontextprotocol/client'
import { UnauthorizedError as UnauthorizedErrorV1 } from '@modelcontextprotocol/sdk/client/auth.js'
import { Client as ClientV1 } from '@modelcontextprotocol/sdk/client/index.js'
import { StreamableHTTPClientTransport as TransportV1 } from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import { RememberingProvider } from './mcp-client.ts'
import { Person } from './person.ts'
import type { Major } from './stock.ts'

/** The stream that a client keeps open for messages of the server. */
export interface OpenStream {
  /** Resolves when the stream ends, however it ends. */
  readonly ended: Promise<void>
  readonly isOpen: boolean
}

/** An application with a stock client, a session and an open stream. */
export class SessionClient {
  readonly provider: RememberingProvider
  /** The status of each `POST` to the MCP server. */
  readonly posts: number[] = []
  readonly #major: Major
  readonly #url: string
  readonly #streams: OpenStream[] = []
  #client!: ClientV1 | ClientV2
  #transport!: TransportV1 | TransportV2

  constructor(major: Major, url: string, user: string) {
    this.#major = major
    this.#url = url
    const person = new Person(user, `password-of-${user}`)
    this.provider = new RememberingProvider(person, { clientId: 'desktop' })
  }

  get sessionId(): string | undefined {
    return this.#transport.sessionId
  }

  get token(): string {
    return this.provider.tokens()?.access_token ?? ''
  }

  /** Opens a new session, and signs in where the server asks for it. */
  async connect(): Promise<void> {
    await this.signingIn(() => this.#open())
  }

  async call(): Promise<unknown> {
    const { structuredContent } = await this.#client.callTool({ name: 'read_notes', arguments: {} })
    return structuredContent
  }

  /** Does something; after a sign-in that it leads to, once more. */
  async signingIn(work: () => Promise<unknown>): Promise<void> {
    try {
      await work()
    } catch (error) {
      await this.finish(error)
      await work()
    }
  }

  /** Finishes the sign-in that an error asks for. */
  async finish(error: unknown): Promise<void> {
    if (!(error instanceof UnauthorizedErrorV1 || error instanceof UnauthorizedErrorV2)) throw error
    await this.#transport.finishAuth(this.provider.authorizationCode(), this.provider.issuer())
  }

  /** Waits for the stream of the present session. */
  async stream(): Promise<OpenStream> {
    for (let turn = 0; turn < 500; turn += 1) {
      const stream = this.#streams.at(-1)
      if (stream !== undefined) return stream
      await new Promise((resolve) => setTimeout(resolve, 10))
    }
    throw new Error('The client has opened no stream')
  }

  async close(): Promise<void> {
    await this.#client.close()
  }

  #open(): Promise<void> {
    this.#streams.length = 0
    const about = { name: `stock-${this.#major}`, version: '1.0.0' }
    const options = { authProvider: this.provider, fetch: this.#fetch }
    const url = new URL(this.#url)
    if (this.#major === 'v1') {
      this.#client = new ClientV1(about)
      this.#transport = new TransportV1(url, options)
    } else {
      this.#client = new ClientV2(about)
      this.#transport = new TransportV2(url, options)
    }
    return this.#client.connect(this.#transport as never)
  }

  readonly #fetch = async (url: string | URL, init?: RequestInit): Promise<Response> => {
    const response = await fetch(url, init)
    if (String(url) !== this.#url) return response
    if (init?.method === 'POST') this.posts.push(response.status)
    if (init?.method !== 'GET' || response.status !== 200 || response.body === null) return response
    const [own, others] = response.body.tee()
    const ended = drained(own).then(() => {
      stream.isOpen = false
    })
    const stream = { isOpen: true, ended }
    this.#streams.push(stream)
    return new Response(others, response)
  }
}

async function drained(body: ReadableStream): Promise<void> {
  try {
    for await (const _chunk of body);
  } catch {
    // A stream that is cut off has ended, too.
  }
}
