import { NO_VALUES } from './header-fields.ts'
import type { HeaderLookup } from './resource-request.ts'

/**
 * The header fields of a request as Node received them: names and values alternate. Each look-up searches the
 * lines for one field, because the gate needs only a few fields.
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
    return values ?? NO_VALUES
  }
}
