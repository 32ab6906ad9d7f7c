/** The caller's token, and when it expires. */
export interface SubjectToken {
  /** The access token that the caller sent and that was verified. */
  readonly token: string
  /**
   * Seconds since the epoch: `expiresAt` of the verified token, or of an MCP handler's `authInfo`.
   * Without it the exchanged token is not cached, since it could outlive the caller's token.
   */
  readonly expiresAt?: number | undefined
}

/** The service that the exchanged token is for. */
export interface ExchangeTarget {
  /** Logical name of the target service, in Keycloak its client id (RFC 8693 §2.1). */
  readonly audience?: string
  /** URI of the target service, where the authorization server supports RFC 8707. */
  readonly resource?: string
  /** Scopes of the exchanged token. */
  readonly scopes?: readonly string[]
}

/** A token for a downstream service, issued for the caller whose token was exchanged. */
export interface ExchangedToken {
  /** Send it to the target and to no other service. */
  readonly accessToken: string
  /** Seconds since the epoch. */
  readonly expiresAt: number
  readonly scopes: readonly string[]
}

/** Exchanges callers' tokens for tokens of downstream services. */
export interface TokenExchanger {
  /**
   * Gets a token for the target, in the name of the caller.
   *
   * @throws {TokenExchangeError} when the authorization server refuses; its `challenge` says what
   * the caller can do
   * @throws {UnavailableError} when there is no reliable answer
   */
  exchange(
    subject: SubjectToken,
    target: ExchangeTarget,
    context?: { readonly signal?: AbortSignal; readonly correlationId?: string },
  ): Promise<ExchangedToken>
  /** Ends the connections. Every later use fails with `UnavailableError` `closed`. */
  close(): Promise<void>
}
