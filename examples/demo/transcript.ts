import { STATUS_CODES } from 'node:http'
import { styleText } from 'node:util'

type Style = Parameters<typeof styleText>[0]

/** The parts of an HTTP answer that the demo shows. */
export interface Answer {
  readonly status: number
  /** `WWW-Authenticate`. */
  readonly challenge: string | undefined
  /** `Retry-After`. */
  readonly retryAfter: string | undefined
  readonly body: string
}

/** The output of the demo: sections of steps, each with what happened and whether it was expected. */
export class Transcript {
  readonly #write: (line: string) => void
  readonly #colour: boolean
  #steps = 0
  readonly #failures: string[] = []

  constructor(
    write: (line: string) => void = console.log,
    colour: boolean = process.stdout.isTTY === true && !process.env.NO_COLOR,
  ) {
    this.#write = write
    this.#colour = colour
  }

  /** The number of steps, and the steps that did not end as expected. */
  get outcome(): { readonly steps: number; readonly failures: readonly string[] } {
    return { steps: this.#steps, failures: this.#failures }
  }

  section(title: string): void {
    this.#write(`\n${this.#paint('bold', title)}\n${this.#paint('bold', '─'.repeat(title.length))}`)
  }

  step(title: string): void {
    this.#write(`\n${this.#paint('cyan', `▸ ${title}`)}`)
  }

  note(text: string): void {
    this.#write(this.#paint('gray', `    ${text}`))
  }

  request(text: string): void {
    this.#write(`    ${text}`)
  }

  answer({ status, challenge, retryAfter, body }: Answer): void {
    const style = status < 400 ? 'green' : status < 500 ? 'yellow' : 'red'
    this.#write(`    ${this.#paint(style, `${status} ${STATUS_CODES[status] ?? ''}`.trim())}`)
    if (challenge !== undefined) this.#write(`    WWW-Authenticate: ${challenge}`)
    if (retryAfter !== undefined) this.#write(`    Retry-After: ${retryAfter}`)
    if (body !== '') this.#write(`    ${body}`)
  }

  /** Ends a step, and records whether the outcome was the expected one. */
  expect(expectation: string, met: boolean): void {
    this.#steps++
    if (!met) this.#failures.push(expectation)
    const mark = met ? this.#paint('green', '✓') : this.#paint('red', '✗ NOT AS EXPECTED:')
    this.#write(`    ${mark} ${expectation}`)
  }

  #paint(style: Style, text: string): string {
    return this.#colour ? styleText(style, text, { validateStream: false }) : text
  }
}
