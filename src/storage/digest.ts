import { hash } from 'node:crypto'

/**
 * The name under which anything about a token is kept: its SHA-256 digest. The token itself is at
 * rest nowhere (S1.4, MCP-18), two tokens never share a name however alike they are, and a map
 * keyed by short strings cannot be slowed down by long ones.
 *
 * @internal
 */
export function digestOf(text: string): string {
  return hash('sha256', text, 'base64url')
}
