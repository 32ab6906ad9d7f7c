import { type ConfiguredIssuer, optionPath } from '../authorization-server/configured-issuer.ts'
import { assertUrl } from '../options/check-url.ts'
import { NotBefore } from '../revocation/not-before.ts'
import type { Revocations } from '../revocation/revocations.ts'
import type { Clock } from '../storage/clock.ts'
import type { AuthorizationServerSettings } from './authorization-server-options.ts'
import type { ResourceServerSettings } from './options-schema.ts'

/**
 * Polls the not-before times of the authorization servers with the option `notBefore`.
 *
 * @throws {TypeError} if a URL is wrong
 * @internal
 */
export function pollNotBefore(
  where: string,
  { clockTolerance, allowInsecureHttp }: ResourceServerSettings,
  issuers: readonly ConfiguredIssuer<AuthorizationServerSettings>[],
  revocations: Revocations,
  clock: Clock,
): void {
  for (const { server, path, options } of issuers) {
    const { issuer, notBefore } = options
    if (notBefore === undefined) continue
    const { url = issuer, member, interval } = notBefore
    assertUrl(where, optionPath(path, 'notBefore.url'), url, allowInsecureHttp)
    const parts = { server, url, member, interval, revocations, clockTolerance, clock }
    revocations.addSource(new NotBefore(parts))
  }
}
