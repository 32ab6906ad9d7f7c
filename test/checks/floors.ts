/**
 * The floors of the house, from the ground up. A room is a folder of src/, or a file directly in src/.
 * A room may be listed before it is built.
 */
export const FLOORS: readonly (readonly string[])[] = [
  ['errors', 'quoted', 'json-object', 'nearest-name', 'node-version'],
  ['redaction', 'http', 'options', 'storage', 'telemetry'],
  ['jws'],
  ['token'],
  ['authorization-server', 'metadata'],
  ['verification', 'token-exchange', 'sender-constraint', 'revocation'],
  ['mcp'],
  ['gate'],
  ['resource-server'],
  ['index'],
  ['adapters'],
  ['keycloak', 'profiles'],
  ['environment', 'testing', 'doctor', 'explain', 'opentelemetry'],
  ['cli'],
]
