import { hash } from 'node:crypto'

/**
 * The SHA-256 digest of a token or of other bytes, in base64url. Caches use it as the key, so that the token itself is
 * stored nowhere (S1.4, MCP-18). Two tokens never have the same key. All keys are short, so long
 * tokens do not slow the cache down.
 *
 * @internal
 */
export function digestOf(data: string | Uint8Array): string {
  return hash('sha256', data, 'base64url')
}
