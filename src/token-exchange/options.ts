import type { z } from 'zod'
import type {
  ClientOptions,
  CommonOptions,
  IssuerOptions,
} from '../authorization-server/options.ts'
import { clientShape, commonShape, issuerShape } from '../authorization-server/options-schema.ts'
import { optionsSchema } from '../options/options-schema.ts'
import { text, whole } from '../options/schema-parts.ts'

/** Options of `createTokenExchanger`. */
export interface TokenExchangerOptions
  extends IssuerOptions,
    ClientOptions,
    Pick<CommonOptions, 'maxTokenLength' | 'allowInsecureHttp' | 'http' | 'clock'> {
  /**
   * URL of the token endpoint.
   *
   * @defaultValue `token_endpoint` of the issuer's metadata
   */
  readonly endpoint?: string
  /**
   * Most exchanged tokens that are kept. 0 keeps none.
   *
   * @defaultValue 1000
   */
  readonly maxEntries?: number
}

/** @internal */
export const tokenExchangerSchema = optionsSchema<TokenExchangerOptions>()({
  ...clientShape,
  ...issuerShape,
  endpoint: text('a URL').optional(),
  maxEntries: whole(0, 1_000_000, 'entries').default(1000),
  maxTokenLength: commonShape.maxTokenLength,
  allowInsecureHttp: commonShape.allowInsecureHttp,
  http: commonShape.http,
  clock: commonShape.clock,
})

/** The options of a token exchanger with their defaults. @internal */
export type TokenExchangerSettings = z.output<typeof tokenExchangerSchema>
