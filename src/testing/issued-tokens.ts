import { randomUUID } from 'node:crypto'
import type { TestIssuerSettings } from './options-schema.ts'
import type { TestTokenOptions, TokenContent } from './token-options.ts'
import type { TokenShape } from './token-shapes.ts'

type Claims = Readonly<Record<string, unknown>>

/** The tokens that a test issuer has made, for introspection. @internal */
export class IssuedTokens {
  readonly #issuer: string
  readonly #shape: TokenShape
  readonly #settings: TestIssuerSettings
  readonly #tokens = new Map<string, Claims>()
  readonly #revoked = new Set<string>()

  constructor(parts: {
    readonly issuer: string
    readonly shape: TokenShape
    readonly settings: TestIssuerSettings
  }) {
    this.#issuer = parts.issuer
    this.#shape = parts.shape
    this.#settings = parts.settings
  }

  /** The header and the claims of a JWT, to be signed. */
  jwt(options: TestTokenOptions = {}): { readonly header: Claims; readonly claims: Claims } {
    const claims = { ...this.#shape.claims(this.#content(options)), ...options.claims }
    return { header: { typ: this.#shape.headerType, ...options.header }, claims }
  }

  /** Makes an opaque token. */
  opaque(options: Omit<TestTokenOptions, 'header'> = {}): string {
    const token = randomUUID()
    this.remember(token, this.jwt(options).claims)
    return token
  }

  remember(token: string, claims: Claims): void {
    this.#tokens.set(token, claims)
  }

  revoke(token: string): void {
    this.#revoked.add(token)
  }

  /** The answer of introspection about a token (RFC 7662 §2.2). */
  introspect(token: string): Claims {
    const claims = this.#tokens.get(token)
    const { exp } = claims ?? {}
    const isLive = typeof exp !== 'number' || exp > this.#settings.clock() / 1000
    if (claims === undefined || !isLive || this.#revoked.has(token)) return { active: false }
    return { ...claims, active: true, token_type: 'Bearer' }
  }

  #content(options: TestTokenOptions): TokenContent {
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
      issuedAt,
      expiresAt: now + expiresIn,
      tokenId: randomUUID(),
      thumbprint: typeof dpop === 'object' ? dpop.thumbprint : dpop,
    }
  }
}
