import { nearestName } from '../nearest-name.ts'
import { quoted } from '../quoted.ts'
import {
  TEST_FAILURES,
  type TestAnswer,
  type TestFailure,
  type TestIssuerRequest,
  type TestReply,
  type TestResponder,
  wholeAnswer,
} from './test-answer.ts'

/**
 * A part of a test issuer: `all`, an endpoint by its name, or a path that begins with `/`. `metadata` stands
 * for every address of the metadata.
 */
export type TestEndpoint =
  | 'all'
  | 'metadata'
  | 'keys'
  | 'introspection'
  | 'token'
  | 'revocation'
  | `/${string}`

/** @internal */
export const ENDPOINTS = [
  'all',
  'metadata',
  'keys',
  'introspection',
  'token',
  'revocation',
] as const

/** A change of a test issuer, which lasts until it is ended. `using` ends it too. */
export interface TestChange extends Disposable, AsyncDisposable {
  /** Ends the change. Resolves when the issuer works as before. Ending it again does nothing. */
  end(): Promise<void>
}

/** Options of {@link TestIssuer.outage}. */
export interface TestOutageOptions {
  /**
   * What fails: everything, one endpoint, or a list of endpoints.
   *
   * @defaultValue `'all'`
   */
  readonly of?: TestEndpoint | readonly TestEndpoint[]
  /**
   * How it fails: a failure, or an answer such as `{ status: 503, headers: { 'retry-after': '7' } }`.
   *
   * @defaultValue `'refused'` if everything fails, otherwise `{ status: 503 }`
   */
  readonly how?: TestFailure | TestAnswer
}

interface Change {
  readonly of: readonly TestEndpoint[]
  readonly answer: TestAnswer | TestFailure | TestResponder
}

/** The changes of a test issuer that are in force. The last one counts. @internal */
export class IssuerChanges {
  readonly #where: string
  readonly #changes = new Set<Change>()
  /** Told when everything refuses connections, or accepts them again. A listener closes its port. */
  onRefusal: ((refuses: boolean) => Promise<void>) | undefined
  #stopped = false

  constructor(where: string) {
    this.#where = where
  }

  /** Changes how an endpoint answers. */
  add(of: unknown, answer: unknown): TestChange {
    const change = { of: this.#endpoints(of), answer: this.#answer(answer) }
    if (this.onRefusal !== undefined && answer === 'refused' && !change.of.includes('all')) {
      throw new TypeError(
        `${this.#where}: one port cannot refuse the connections of ${quoted(change.of.join(', '))} alone; use \`of: 'all'\`, or \`how: 'reset'\``,
      )
    }
    this.#changes.add(change)
    let ended: Promise<void> | undefined
    const settle = async (): Promise<void> =>
      this.onRefusal?.(this.#stopped || this.refuses(['all']))
    // A port is closed before this returns.
    void settle()
    const end = (): Promise<void> => {
      if (ended === undefined) {
        this.#changes.delete(change)
        ended = settle()
      }
      return ended
    }
    return {
      end,
      [Symbol.dispose]: () => void end(),
      [Symbol.asyncDispose]: end,
    }
  }

  /** Closes the port of the issuer. It stays closed. */
  async stop(): Promise<void> {
    this.#stopped = true
    await this.onRefusal?.(true)
  }

  /** Whether the connections of a request are refused. The names are those of its endpoint. */
  refuses(names: readonly TestEndpoint[]): boolean {
    const all = [...this.#changes].filter(({ of }) => of.includes('all'))
    if (all.some(({ answer }) => answer === 'refused')) return true
    return this.#lastOf(names)?.answer === 'refused'
  }

  /** The reply to a request, which may be a failure. */
  async reply(
    request: TestIssuerRequest,
    names: readonly TestEndpoint[],
    usual: () => Promise<TestAnswer>,
  ): Promise<TestReply> {
    if (this.refuses(names)) return 'refused'
    const answer = this.#lastOf(names)?.answer ?? usual
    return wholeAnswer(typeof answer === 'function' ? await answer(request, usual) : answer)
  }

  #lastOf(names: readonly TestEndpoint[]): Change | undefined {
    return [...this.#changes].findLast(({ of }) => of.some((one) => names.includes(one)))
  }

  /** @throws {TypeError} naming the endpoint that does not exist */
  #endpoints(of: unknown): readonly TestEndpoint[] {
    const list = Array.isArray(of) ? of : [of]
    for (const one of list) assertEndpoint(this.#where, one)
    return list
  }

  #answer(answer: unknown): TestAnswer | TestFailure | TestResponder {
    if (typeof answer === 'function') return answer as TestResponder
    if (typeof answer === 'object' && answer !== null) return answer
    if (TEST_FAILURES.includes(answer as TestFailure)) return answer as TestFailure
    const names = TEST_FAILURES.map((name) => quoted(name)).join(', ')
    throw new TypeError(
      `${this.#where}: there is no failure ${quoted(answer)}${didYouMean(answer, TEST_FAILURES)}; use one of ${names}, an answer such as \`{ status: 503 }\`, or a function`,
    )
  }
}

/** @throws {TypeError} naming the endpoint that does not exist @internal */
export function assertEndpoint(where: string, name: unknown): asserts name is TestEndpoint {
  if (typeof name === 'string' && (name.startsWith('/') || ENDPOINTS.includes(name as 'all')))
    return
  const names = ENDPOINTS.map((one) => quoted(one)).join(', ')
  throw new TypeError(
    `${where}: there is no endpoint ${quoted(name)}${didYouMean(name, ENDPOINTS)}; use one of ${names}, or a path that begins with "/"`,
  )
}

function didYouMean(name: unknown, names: readonly string[]): string {
  const nearest = typeof name === 'string' ? nearestName(name, names) : undefined
  return nearest === undefined ? '' : ` (did you mean ${quoted(nearest)}?)`
}
