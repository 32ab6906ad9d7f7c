import type { TestTokenContent } from '../token-shape.ts'

/** The claims that most authorization servers put into their tokens. @internal */
export function registeredClaims(content: TestTokenContent): Readonly<Record<string, unknown>> {
  const { issuer, subject, audience, issuedAt, expiresAt, tokenId, scopes, thumbprint } = content
  return {
    iss: issuer,
    sub: subject,
    aud: audience,
    iat: issuedAt,
    exp: expiresAt,
    jti: tokenId,
    scope: scopes.join(' '),
    ...(content.session === undefined ? {} : { sid: content.session }),
    ...(thumbprint === undefined ? {} : { cnf: { jkt: thumbprint } }),
  }
}
