import type { HeaderLookup } from './resource-request.ts'

/** No values of a field. */
const NONE: readonly string[] = Object.freeze([])

/**
 * The header fields of a request as Node received them: the names and the values, in turn. The lines are
 * searched for one field at a time, because the gate needs only a few of them.
 *
 * `rawHeaders` is the only complete source: `headers` drops a second `Authorization`, and `headersDistinct`
 * ends at the server's `maxHeadersCount`. `rawHeaders` may go on for some fields, and the transports of the
 * MCP SDKs read them there.
 *
 * @internal
 */
export class HeaderLines implements HeaderLookup {
  readonly #lines: readonly string[]

  /** @param lines `IncomingMessage.rawHeaders` */
  constructor(lines: readonly string[]) {
    this.#lines = lines
  }

  valuesOf(name: string): readonly string[] {
    const lines = this.#lines
    let values: string[] | undefined
    for (let at = 0; at + 1 < lines.length; at += 2) {
      const line = String(lines[at])
      if (line.length !== name.length || line.toLowerCase() !== name) continue
      if (values === undefined) values = [String(lines[at + 1])]
      else values.push(String(lines[at + 1]))
    }
    return values ?? NONE
  }
}
