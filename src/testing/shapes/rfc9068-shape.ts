import { rfc9068Profile } from '../../token/rfc9068.ts'
import type { TestTokenShape } from '../token-shape.ts'
import { registeredClaims } from './registered-claims.ts'

/** Tokens as in RFC 9068 §2. @internal */
export const rfc9068Shape: TestTokenShape = {
  profile: rfc9068Profile,
  headerType: 'at+jwt',
  claims: (content) => ({
    ...registeredClaims(content),
    client_id: content.clientId,
    // RFC 9068 §2.2.3.1
    ...(content.roles.length === 0 ? {} : { roles: content.roles }),
  }),
}
