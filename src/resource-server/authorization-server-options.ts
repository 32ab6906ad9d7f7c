import type { z } from 'zod'
import { optionsSchema, optionsShape } from '../options/options-schema.ts'
import type { RevocationSourceOptions } from '../revocation/options.ts'
import { revocationSourceShape } from '../revocation/options-schema.ts'
import type { IssuerVerificationOptions } from '../verification/options.ts'
import { issuerVerificationShape } from '../verification/options-schema.ts'

/** One authorization server whose tokens are accepted. */
export interface AuthorizationServerOptions
  extends IssuerVerificationOptions,
    RevocationSourceOptions {}

/** @internal */
export const authorizationServerShape = optionsShape<AuthorizationServerOptions>()({
  ...issuerVerificationShape,
  ...revocationSourceShape,
})

/** @internal */
export const authorizationServerSchema = optionsSchema<AuthorizationServerOptions>()(
  authorizationServerShape,
  'must be an issuer URL or an object with `issuer`',
)

/** The options of an authorization server with their defaults. @internal */
export type AuthorizationServerSettings = z.output<typeof authorizationServerSchema>
