/**
 * Audiences that tokens for many servers have. They cannot be configured as an audience of this server,
 * because tokens for other servers would then be accepted here (S1.12). A profile can add names with
 * `genericAudiences`.
 *
 * @internal
 */
export const GENERIC_AUDIENCES: ReadonlySet<string> = new Set([
  '*',
  'account',
  'all',
  'any',
  'api',
  'audience',
  'client',
  'default',
  'localhost',
  'mcp',
  'public',
  'resource',
  'server',
])
