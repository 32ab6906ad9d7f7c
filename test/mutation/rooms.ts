/** The rooms whose decisions are tried, each with the tests that are run for it. */
export interface Room {
  readonly name: string
  readonly sources: readonly string[]
  readonly tests: readonly string[]
}

const room = (name: string, ...others: readonly string[]): Room => ({
  name,
  sources: [`src/${name}/**/*.ts`],
  tests: [`test/unit/${name}/**/*.test.ts`, ...others],
})

export const ROOMS: readonly Room[] = [
  room('token'),
  room('sender-constraint'),
  room('mcp/policy'),
  room('verification'),
  room('gate'),
  room('revocation'),
  room('jws'),
]
