/** The rooms whose decisions are tried, each with the tests that are run for it. */
export interface Room {
  readonly name: string
  readonly sources: readonly string[]
  /** The unit tests of the room: they try every mutant. */
  readonly tests: readonly string[]
  /** Tests of rooms that use this one: they try what the tests of the room leave. */
  readonly others: readonly string[]
}

const room = (name: string, ...users: readonly string[]): Room => ({
  name,
  sources: [`src/${name}/**/*.ts`],
  tests: [`test/unit/${name}/**/*.test.ts`],
  others: users.map((user) => `test/unit/${user}/**/*.test.ts`),
})

export const ROOMS: readonly Room[] = [
  room('token', 'verification', 'explain', 'keycloak', 'profiles'),
  room('sender-constraint', 'gate', 'explain'),
  room('mcp/policy', 'gate', 'mcp'),
  room('verification', 'resource-server', 'token', 'explain'),
  room('gate', 'resource-server', 'adapters', 'mcp', 'explain'),
  room('revocation', 'gate', 'resource-server'),
  room('jws', 'token', 'verification', 'sender-constraint'),
]
