import { createHttpClient } from '../authorization-server/http/http-client.ts'
import type { AuthorizationServerOptions, CommonOptions } from '../authorization-server/options.ts'
import { clockOf } from '../options/clock-option.ts'
import type { Surroundings } from './issuer-verification.ts'

/** What the verifiers for tokens of one issuer share. */
export interface SingleIssuerOptions
  extends CommonOptions,
    Pick<AuthorizationServerOptions, 'issuer' | 'profile'> {
  /** One of these must be in `aud`, compared as exact strings. Generic ones are refused. */
  readonly audience: string | readonly string[]
}

/** @internal */
export function surroundingsOf(where: string, options: SingleIssuerOptions): Surroundings {
  const { audience } = options
  return {
    where,
    path: '',
    common: options,
    audiences: [
      { option: 'audience', values: typeof audience === 'string' ? [audience] : audience },
    ],
    http: createHttpClient(options.http),
    clock: clockOf(where, options),
  }
}
