/** The oldest supported version of Node. It equals `engines` in package.json. undici needs it. */
const OLDEST = { major: 22, minor: 19 }

/**
 * Checks whether the version of Node is too old for this package.
 *
 * This function must run on every Node that has ES modules. So this file imports nothing and uses no
 * new syntax.
 *
 * @param versions `process.versions`. Bun and Deno report their own version there, and always pass.
 * @returns a message with the fault and what to do; `undefined` if the version is supported
 * @internal
 */
export function unsupportedNode(
  versions: Readonly<Record<string, string | undefined>> = process.versions,
): string | undefined {
  if (versions.bun !== undefined || versions.deno !== undefined) return undefined
  const [major = 0, minor = 0] = String(versions.node).split('.').map(Number)
  if (major > OLDEST.major || (major === OLDEST.major && minor >= OLDEST.minor)) return undefined
  const oldest = `${OLDEST.major}.${OLDEST.minor}`
  return (
    `mcp-resource-server needs Node ${oldest} or later; this is v${versions.node}. Install a newer Node, or ` +
    'give this project one of its own: npm install --save-dev node@24, then npx node server.js'
  )
}
