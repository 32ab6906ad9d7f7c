import { describe, expect, it } from 'vitest'
import { createGivenKeySet } from '../../../src/authorization-server/key-set.ts'
import { PresentedToken } from '../../../src/token/presented-token.ts'
import { settleProfile } from '../../../src/token/settled-profile.ts'
import { ByIssuer } from '../../../src/verification/by-issuer.ts'
import { createVerifiedToken } from '../../../src/verification/create-verified-token.ts'
import { HybridVerification } from '../../../src/verification/hybrid-verification.ts'
import { IntrospectionVerification } from '../../../src/verification/introspection-verification.ts'
import { JwtVerification } from '../../../src/verification/jwt-verification.ts'
import type { Verification } from '../../../src/verification/verification.ts'
import { clock, ecKey, ISSUER, NOW, RESOURCE, rsaKey, signToken } from '../../support/tokens.ts'

const ALGORITHMS = ['RS256', 'ES256']
const profile = settleProfile()
const rules = {
  issuer: ISSUER,
  audiences: new Set([RESOURCE]),
  exclusiveAudience: false,
  clockTolerance: 5,
  maxTokenLifetime: undefined,
  profile,
}

const keysOf = (...jwks: object[]) =>
  createGivenKeySet(jwks as Record<string, unknown>[], ALGORITHMS, ISSUER)
const jwtWith = (keys: ReturnType<typeof keysOf>) =>
  new JwtVerification({ keys, rules, algorithms: ALGORITHMS, clock })

const introspection = new IntrospectionVerification({
  endpoint: undefined as never,
  clientId: 'mcp',
  opaqueTokens: true,
  jwts: true,
  maxAge: 30,
  rules,
  clock,
})

const kept = (
  keyId: string | undefined,
  verifiedBy: 'signature' | 'introspection' | 'signature_and_introspection',
  issuer = ISSUER,
): Verification => {
  const token = createVerifiedToken({ issuer, expiresAt: NOW + 300, verifiedBy })
  return { token, keyId, maxAge: 30 }
}

describe('an earlier verification', () => {
  it('RFC8725-1: counts in another process as long as the issuer has the key there', async () => {
    const presented = new PresentedToken(await signToken())
    const verification = await jwtWith(keysOf(rsaKey.publicKey)).verify(presented, {})
    const stored = JSON.parse(JSON.stringify(verification))
    const [both, other] = [keysOf(ecKey.publicKey, rsaKey.publicKey), keysOf(ecKey.publicKey)]
    // Until the keys are there, nothing is known of them.
    expect(jwtWith(both).stillTrusts(stored)).toBe(false)
    await Promise.all([both.ready(), other.ready()])
    expect(jwtWith(both).stillTrusts(stored)).toBe(true)
    expect(jwtWith(other).stillTrusts(stored)).toBe(false)
  })

  it('RFC8725-1: by a signature counts for nothing without a key', async () => {
    const keys = keysOf(rsaKey.publicKey)
    await keys.ready()
    expect(jwtWith(keys).stillTrusts(kept(undefined, 'signature'))).toBe(false)
    expect(jwtWith(keys).stillTrusts(kept('made up', 'signature'))).toBe(false)
  })

  it('RFC8725-1: by a key counts for nothing where only introspection verifies', () => {
    expect(introspection.stillTrusts(kept(undefined, 'introspection'))).toBe(true)
    expect(introspection.stillTrusts(kept('a key', 'signature'))).toBe(false)
  })

  it('RFC8725-1: with hybrid counts by what vouches for it', async () => {
    const keys = keysOf(rsaKey.publicKey)
    const hybrid = new HybridVerification({
      jwt: jwtWith(keys),
      introspection,
      confirm: 'never',
      profile,
    })
    const presented = new PresentedToken(await signToken())
    const verification = await hybrid.verify(presented, {})
    expect(hybrid.stillTrusts(verification)).toBe(true)
    expect(hybrid.stillTrusts(kept(undefined, 'introspection'))).toBe(true)
    expect(hybrid.stillTrusts(kept('a key', 'introspection'))).toBe(false)
    expect(hybrid.stillTrusts(kept(undefined, 'signature'))).toBe(false)
    expect(hybrid.stillTrusts(kept(undefined, 'signature_and_introspection'))).toBe(false)
  })

  it('S1.11: counts for nothing where its issuer is not configured', () => {
    const byIssuer = new ByIssuer(new Map([[ISSUER, introspection]]), undefined)
    expect(byIssuer.stillTrusts(kept(undefined, 'introspection'))).toBe(true)
    expect(byIssuer.stillTrusts(kept(undefined, 'introspection', 'https://x.example'))).toBe(false)
  })
})
