import { createConfiguredIssuer } from '../authorization-server/configured-issuer.ts'
import { createHttpClient, type HttpClient } from '../authorization-server/http/http-client.ts'
import { clockOf } from '../options/clock-option.ts'
import { IssuerVerification } from './issuer-verification.ts'
import {
  type IssuerVerificationSettings,
  issuerVerificationSchema,
  type SingleIssuerSettings,
} from './options-schema.ts'
import { createTokenRules } from './token-rules.ts'

/** The parts of a verifier for the tokens of one issuer. @internal */
export interface SingleIssuer {
  readonly issuer: IssuerVerification
  /** The HTTP client. Close it with the verifier. */
  readonly http: HttpClient
}

/**
 * Makes the parts of a verifier for the tokens of one issuer.
 *
 * @param where the public function that was called, for messages
 * @throws {TypeError} naming the option that is wrong
 * @internal
 */
export function createSingleIssuer(
  where: string,
  settings: SingleIssuerSettings & Partial<IssuerVerificationSettings>,
): SingleIssuer {
  const { issuer, audience, allowInsecureHttp } = settings
  const values = typeof audience === 'string' ? [audience] : audience
  const clock = clockOf(where, settings)
  const http = createHttpClient(settings.http)
  // A verifier takes only some options of an authorization server. The others have their defaults.
  const options = { ...issuerVerificationSchema.parse({ issuer }), ...settings }
  const shared = { where, allowInsecureHttp, http, clock }
  const configured = createConfiguredIssuer({ path: '', options }, shared)
  const rules = createTokenRules(where, configured, settings, [{ option: 'audience', values }])
  return { issuer: new IssuerVerification(configured, rules, clock), http }
}
