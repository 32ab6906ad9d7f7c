import { randomUUID } from 'node:crypto'
import { type BoundedCache, createBoundedCache } from '../storage/bounded-cache.ts'
import { forgeToken, type TestForgedTokenOptions } from './forged-token.ts'
import type { IssuerKeys } from './issuer-keys.ts'
import { logoutClaims, type TestLogoutTokenOptions } from './logout-token.ts'
import { checkJwtOptions, checkTokenOptions, type TestIssuerSettings } from './options-schema.ts'
import type { TestKey } from './test-key.ts'
import type { TestJwtOptions, TestTokenOptions } from './token-options.ts'
import type { TestTokenContent, TestTokenShape } from './token-shape.ts'

type Claims = Readonly<Record<string, unknown>>

/** Most tokens that introspection knows. The oldest ones are forgotten, and become inactive. */
const MOST_TOKENS = 100_000

interface IssuedToken {
  readonly claims: Claims
  /** The key that signed a JWT. */
  readonly key: TestKey | undefined
  /** Seconds since the epoch. Some tokens have no `iat`. */
  readonly issuedAt: number
}

/** The tokens that a test issuer has made, for introspection. @internal */
export class IssuedTokens {
  readonly #where: string
  readonly #issuer: string
  readonly #shape: TestTokenShape
  readonly #settings: TestIssuerSettings
  readonly #keys: IssuerKeys
  readonly #tokens: BoundedCache<IssuedToken>
  /** Tokens that were issued until then are inactive. Seconds since the epoch. */
  notBefore = 0

  constructor(parts: {
    readonly where: string
    readonly issuer: string
    readonly shape: TestTokenShape
    readonly settings: TestIssuerSettings
    readonly keys: IssuerKeys
  }) {
    this.#where = parts.where
    this.#issuer = parts.issuer
    this.#shape = parts.shape
    this.#settings = parts.settings
    this.#keys = parts.keys
    // The cache has no clock of its own: whether a token has expired is for introspection to say.
    this.#tokens = createBoundedCache(MOST_TOKENS, () => 0)
  }

  /** Makes a JWT. Introspection knows it, unless a foreign key signed it. */
  async jwt(options: TestJwtOptions = {}): Promise<string> {
    checkJwtOptions('token', options)
    if (this.#shape.tokenInfo !== undefined) {
      const { name } = this.#shape.profile
      throw new TypeError(
        `${this.#where}: the profile "${name}" has no JWTs; use opaqueToken() in place of token()`,
      )
    }
    const key = this.#keys.named(options.key)
    const { header, own, claims, issuedAt } = this.#parts(options)
    const token = await key.sign(own, header)
    if (this.#keys.has(key)) this.#remember(token, { claims, key, issuedAt })
    return token
  }

  /** Makes a token that looks like one of the issuer's. Introspection does not know it. */
  async forged({
    forgery = 'foreign-key',
    ...options
  }: TestForgedTokenOptions = {}): Promise<string> {
    checkJwtOptions('forgedToken', options)
    const { header, own } = this.#parts(options)
    return forgeToken(this.#keys.signing, { header, claims: own }, forgery)
  }

  /** Makes a logout token. */
  logout(options: TestLogoutTokenOptions = {}): Promise<string> {
    const now = Math.floor(this.#settings.clock() / 1000)
    const header = { typ: 'logout+jwt', ...options.header }
    return this.#keys.named(options.key).sign(logoutClaims(this.#issuer, options, now), header)
  }

  /** Makes an opaque token. */
  opaque(options: TestTokenOptions = {}): string {
    checkTokenOptions('opaqueToken', options)
    const token = randomUUID()
    const content = this.#content(options)
    const claims = { ...this.#shape.claims(content), ...options.claims }
    this.#remember(token, { claims, key: undefined, issuedAt: content.issuedAt })
    return token
  }

  revoke(token: string): void {
    this.#tokens.delete(token)
  }

  /** The claims of an active token; `undefined` for every other token. */
  active(token: string): Claims | undefined {
    const issued = this.#tokens.get(token)
    if (issued === undefined) return undefined
    const { claims, key, issuedAt } = issued
    if (key !== undefined && !this.#keys.has(key)) return undefined
    const now = this.#settings.clock() / 1000
    const { exp, nbf, iat = issuedAt } = claims
    if (typeof exp === 'number' && exp <= now) return undefined
    if (typeof nbf === 'number' && nbf > now) return undefined
    if (typeof iat === 'number' && iat <= this.notBefore) return undefined
    return claims
  }

  /** The claims of a JWT, and those that introspection answers with. */
  #parts(options: TestJwtOptions): {
    readonly header: Claims
    readonly own: Claims
    readonly claims: Claims
    readonly issuedAt: number
  } {
    const content = this.#content(options)
    const claims = { ...this.#shape.claims(content), ...options.claims }
    const own = options.lightweight ? this.#lightweight(content, options) : claims
    const header = { typ: this.#shape.headerType, ...options.header }
    return { header, own, claims, issuedAt: content.issuedAt }
  }

  #remember(token: string, issued: IssuedToken): void {
    this.#tokens.set(token, issued, Number.POSITIVE_INFINITY)
  }

  #lightweight(content: TestTokenContent, { claims }: TestJwtOptions): Claims {
    const { lightweightClaims } = this.#shape
    if (lightweightClaims === undefined) {
      const { name } = this.#shape.profile
      throw new TypeError(
        `${this.#where}: the profile "${name}" has no lightweight tokens; use the profile "keycloak"`,
      )
    }
    return { ...lightweightClaims(content), ...claims }
  }

  #content(options: TestTokenOptions): TestTokenContent {
    const { resource, scopes, clock } = this.#settings
    const { expiresIn = 300, dpop } = options
    const now = Math.floor(clock() / 1000)
    // A token that has expired was issued before that.
    const issuedAt = expiresIn > 0 ? now : now + expiresIn - 300
    return {
      issuer: this.#issuer,
      subject: options.subject ?? 'test-user',
      clientId: options.clientId ?? 'test-client',
      scopes: options.scopes ?? scopes,
      roles: options.roles ?? [],
      audience: options.audience ?? resource,
      session: options.session,
      issuedAt,
      expiresAt: now + expiresIn,
      tokenId: randomUUID(),
      thumbprint: typeof dpop === 'object' ? dpop.thumbprint : dpop,
    }
  }
}
