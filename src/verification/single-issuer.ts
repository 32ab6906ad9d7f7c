import { createConfiguredIssuer } from '../authorization-server/configured-issuer.ts'
import { createHttpClient, type HttpClient } from '../authorization-server/http/http-client.ts'
import type { AuthorizationServerOptions, CommonOptions } from '../authorization-server/options.ts'
import { clockOf } from '../options/clock-option.ts'
import { IssuerVerification } from './issuer-verification.ts'
import { createTokenRules } from './token-rules.ts'

/** Options of every verifier for the tokens of one issuer. */
export interface SingleIssuerOptions
  extends CommonOptions,
    Pick<AuthorizationServerOptions, 'issuer' | 'profile'> {
  /** One of these must be in `aud`, compared as exact strings. Generic ones are refused. */
  readonly audience: string | readonly string[]
}

/** What a verifier for the tokens of one issuer is made of. @internal */
export interface SingleIssuer {
  readonly issuer: IssuerVerification
  /** To be closed with the verifier. */
  readonly http: HttpClient
}

/**
 * @param where the function that was called, for messages
 * @throws {TypeError} naming the option that is wrong
 * @internal
 */
export function createSingleIssuer(
  where: string,
  options: SingleIssuerOptions & AuthorizationServerOptions,
): SingleIssuer {
  const { audience, allowInsecureHttp } = options
  const values = typeof audience === 'string' ? [audience] : audience
  const clock = clockOf(where, options)
  const http = createHttpClient(options.http)
  const shared = { where, allowInsecureHttp, http, clock }
  const configured = createConfiguredIssuer({ path: '', options }, shared)
  const rules = createTokenRules(where, configured, options, [{ option: 'audience', values }])
  return { issuer: new IssuerVerification(configured, rules, clock), http }
}
