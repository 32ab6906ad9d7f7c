/** A room whose decisions Stryker changes, with the tests that try the mutants. */
export interface Room {
  readonly name: string
  readonly sources: readonly string[]
  /** The unit tests of the room. They try every mutant. */
  readonly tests: readonly string[]
  /** The unit tests of rooms that use this one. They try the mutants that survive the tests of the room. */
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
