let warned = false

/**
 * Warns once if the testing kit is used where `NODE_ENV` is `production`: whoever has the private key of a
 * test issuer can make tokens that its resource servers accept.
 *
 * @internal
 */
export function warnInProduction(): void {
  if (warned || process.env.NODE_ENV !== 'production') return
  warned = true
  process.emitWarning(
    'mcp-resource-server/testing is used where NODE_ENV is "production". Its issuers are for tests: remove it from the server, or set NODE_ENV to "test"',
    { type: 'TestingWarning', code: 'TESTING_IN_PRODUCTION' },
  )
}
