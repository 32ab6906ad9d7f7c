import { optionPath } from '../authorization-server/configured-issuer.ts'
import { assertUrl } from '../options/check-url.ts'
import { NotBefore } from '../revocation/not-before.ts'
import type { RevocationSourceParts } from './revocation-source-parts.ts'

/**
 * Polls the not-before times of the authorization servers with the option `notBefore`.
 *
 * @throws {TypeError} if a URL is wrong
 * @internal
 */
export function pollNotBefore({
  where,
  settings: { clockTolerance, allowInsecureHttp },
  issuers,
  revocations,
  clock,
}: RevocationSourceParts): void {
  for (const { server, path, options } of issuers) {
    const { issuer, notBefore } = options
    if (notBefore === undefined) continue
    const { url = issuer, member, interval } = notBefore
    assertUrl(where, optionPath(path, 'notBefore.url'), url, allowInsecureHttp)
    const parts = { server, url, member, interval, revocations, clockTolerance, clock }
    revocations.addSource(new NotBefore(parts))
  }
}
