import { z } from 'zod'
import { isObject } from '../json-object.ts'
import { optionsSchema } from '../options/options-schema.ts'
import { readOptions } from '../options/read-options.ts'
import { text } from '../options/schema-parts.ts'
import type { TestDpopKey } from './dpop-key.ts'

/** A request for a test. */
export interface TestRequestOptions {
  /**
   * The access token.
   *
   * @defaultValue none: the request has no `Authorization`
   */
  readonly token?: string
  /**
   * The DPoP key that the request is signed with. The scheme of the token is then `DPoP`.
   *
   * @defaultValue none: the scheme is `Bearer`
   */
  readonly dpop?: TestDpopKey
  /**
   * The nonce of the DPoP proof.
   *
   * @defaultValue none
   */
  readonly nonce?: string
  /**
   * The HTTP method.
   *
   * @defaultValue `'POST'`
   */
  readonly method?: string
  /**
   * The URL, as the client sees it.
   *
   * @defaultValue `'https://mcp.example.com/mcp'`
   */
  readonly url?: string
  /**
   * The MCP message. `jsonrpc` and, in a request, `id` are added.
   *
   * @defaultValue `ping` for POST, otherwise no body
   */
  readonly message?: object
  /**
   * Further header fields, in place of the usual ones. Names in lower case. A field that is `undefined` is
   * left out.
   *
   * @defaultValue none
   */
  readonly headers?: Readonly<Record<string, string | undefined>>
}

const requestSchema = optionsSchema<TestRequestOptions>()({
  token: z.string({ error: 'must be a token; was an `await` forgotten?' }).optional(),
  dpop: z
    .custom<TestDpopKey>((value) => isObject(value) && typeof value.proof === 'function', {
      error: 'must be a key of createDpopKey; was an `await` forgotten?',
    })
    .optional(),
  nonce: z.string({ error: 'must be a string' }).optional(),
  method: text('an HTTP method').optional(),
  url: text('a URL').optional(),
  message: z
    .custom<object>((value) => typeof value === 'object' && value !== null, {
      error: 'must be an object with `method`',
    })
    .optional(),
  headers: z
    .record(z.string(), z.string().optional(), { error: 'must be an object of strings' })
    .optional(),
})

/** @throws {TypeError} naming the option that is wrong, and never printing a token @internal */
export function checkRequestOptions(where: string, options: unknown): void {
  if (!isObject(options)) {
    throw new TypeError(`${where}: the argument must be an object, such as { token }`)
  }
  readOptions(where, requestSchema, options)
}
