import { optionsSchema } from '../options/options-schema.ts'
import { number, text } from '../options/schema-parts.ts'

/**
 * Options for the not-before time of an authorization server: the instant before which its tokens do not
 * count any more. The server publishes it in a JSON document.
 */
export interface NotBeforeOptions {
  /** The member of the document that has the time, in seconds since the epoch. 0 means none. */
  readonly member: string
  /**
   * URL of the document.
   *
   * @defaultValue the issuer
   */
  readonly url?: string
  /** The pause between two fetches of the document, in seconds. */
  readonly interval?: number
}

/** @internal */
export const notBeforeSchema = optionsSchema<NotBeforeOptions>()(
  {
    member: text('the name of a member'),
    url: text('a URL').optional(),
    interval: number(1, 3600, 'seconds').default(30),
  },
  'must be an object with `member`',
)
