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
  room('verification', 'resource-server', 'token', 'explain', 'gate', 'telemetry', 'keycloak'),
  room('gate', 'resource-server', 'adapters', 'mcp', 'explain', 'telemetry'),
  // Tests with servers, and with thousands of cases, take seconds. So they try only what the quick ones leave.
  {
    name: 'revocation',
    sources: ['src/revocation/*.ts', 'src/revocation/events/*.ts'],
    tests: [
      'test/unit/revocation/!(*-model|*-mutants|new-key).test.ts',
      'test/unit/revocation/events/!(*-mutants|flood|what-is-revoked).test.ts',
    ],
    others: [
      'test/unit/revocation/@(*-model|*-mutants|new-key).test.ts',
      'test/unit/revocation/events/@(*-mutants|flood|what-is-revoked).test.ts',
      'test/unit/revocation/stream/*.test.ts',
      'test/unit/keycloak/admin-actions.test.ts',
      'test/unit/gate/**/*.test.ts',
      'test/unit/resource-server/**/*.test.ts',
    ],
  },
  {
    name: 'revocation/stream',
    sources: ['src/revocation/stream/*.ts'],
    tests: ['test/unit/revocation/stream/!(event-*).test.ts'],
    others: [
      'test/unit/revocation/stream/event-*.test.ts',
      'test/unit/revocation/events/security-events.test.ts',
    ],
  },
  room('jws', 'token', 'verification', 'sender-constraint'),
]
