/** A request that a test issuer has received. */
export interface TestIssuerRequest {
  readonly method: string
  readonly url: string
  /** The header fields, by their names in lower case. */
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

/** An answer of a test issuer. */
export interface TestAnswer {
  /** @defaultValue 200 */
  readonly status?: number
  /** @defaultValue `content-type: application/json` */
  readonly headers?: Readonly<Record<string, string>>
  /**
   * An object is sent as JSON, a text or bytes as they are.
   *
   * @defaultValue `{}`
   */
  readonly body?: object | string | Uint8Array
}

/**
 * A failure in place of an answer.
 *
 * - `refused`: the connection is refused. The request does not arrive.
 * - `reset`: the request arrives, and the connection is reset.
 * - `cut`: the answer breaks off in the middle of its body.
 * - `silent`: the request arrives, and nothing comes back.
 * - `slow`: the answer begins, and never ends.
 * - `garbage`: the answer is an HTML page that says 200.
 */
export type TestFailure = 'refused' | 'reset' | 'cut' | 'silent' | 'slow' | 'garbage'

/** @internal */
export const TEST_FAILURES: readonly TestFailure[] = [
  'refused',
  'reset',
  'cut',
  'silent',
  'slow',
  'garbage',
]

/**
 * Answers a request itself. It may wait.
 *
 * @param usual the answer that the issuer would give
 */
export type TestResponder = (
  request: TestIssuerRequest,
  usual: () => Promise<TestAnswer>,
) => TestAnswer | TestFailure | Promise<TestAnswer | TestFailure>

/** An answer in all its parts, as a transport sends it. @internal */
export interface WholeAnswer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: Uint8Array
}

/** What a transport does with a request. @internal */
export type TestReply = WholeAnswer | Exclude<TestFailure, 'garbage'>

/** Fills in the parts of an answer that were left out. @internal */
export function wholeAnswer(answer: TestAnswer | TestFailure): TestReply {
  if (answer === 'garbage') return wholeAnswer(GARBAGE)
  if (typeof answer === 'string') return answer
  const { status = 200, headers = { 'content-type': 'application/json' }, body = {} } = answer
  const bytes = body instanceof Uint8Array ? body : Buffer.from(textOf(body))
  return { status, headers, body: bytes }
}

/** The page of a reverse proxy whose application does not run. */
const GARBAGE: TestAnswer = {
  headers: { 'content-type': 'text/html' },
  body: '<!doctype html><title>Welcome</title><p>Please sign in.',
}

function textOf(body: object | string): string {
  return typeof body === 'string' ? body : JSON.stringify(body)
}
