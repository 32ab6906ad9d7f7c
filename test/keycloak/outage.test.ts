import { afterAll, expect, it } from 'vitest'
import { createResourceServer, type ResourceServer } from '../../src/index.ts'
import { type KeycloakOptions, keycloak } from '../../src/keycloak/index.ts'
import { restartKeycloak, stopKeycloak } from './support/control.ts'
import { load } from './support/load.ts'
import { RESOURCE, SERVER_SECRET } from './support/realms.ts'
import { personToken, realmUrl } from './support/tokens.ts'

const CLIENT: KeycloakOptions = { clientId: RESOURCE, clientSecret: SERVER_SECRET }

/** How each of them is configured, and what it makes of a cold token while Keycloak is away. */
const GATES = {
  jwt: [{}, 'allowed'],
  hybrid: [CLIENT, '503'],
  'hybrid, always confirmed': [{ ...CLIENT, confirm: 'always' }, '503'],
  'hybrid, never confirmed': [{ ...CLIENT, confirm: 'never' }, 'allowed'],
  introspection: [{ ...CLIENT, verification: 'introspection' }, '503'],
} as const satisfies Record<string, readonly [KeycloakOptions, 'allowed' | '503']>

/** Stands still while Keycloak is away, so that it does not matter for how long that is. */
const time = { held: undefined as number | undefined, ahead: 0 }
const clock = (): number => (time.held ?? Date.now()) + time.ahead * 1000

interface Gate {
  readonly name: string
  readonly whenCold: 'allowed' | '503'
  readonly server: ResourceServer
}

function makeGate([name, [options, whenCold]]: [string, (typeof GATES)[keyof typeof GATES]]): Gate {
  const server = createResourceServer({
    resource: RESOURCE,
    authorizationServer: keycloak(realmUrl('main'), options),
    requiredScopes: ['mcp:tools'],
    clock,
  })
  return { name, whenCold, server }
}
const gates = Object.entries(GATES).map(makeGate)
/** Their first requests come while Keycloak is away: they know neither keys nor endpoints. */
const newcomers = Object.entries(GATES).map(makeGate)
afterAll(() => Promise.all([...gates, ...newcomers].map(({ server }) => server.close())))

/** `allowed`, `503` where it says when to come again, else what is wrong. */
async function judge({ server }: Gate, token: string): Promise<string> {
  const decision = await server.authenticate({
    method: 'POST',
    url: '/mcp',
    headers: { authorization: `Bearer ${token}` },
  })
  if (decision.outcome === 'allowed') return 'allowed'
  const { status, reason, headers } = decision
  const later = 'Retry-After' in headers && /^[1-9]\d*$/.test(headers['Retry-After'] ?? '')
  return status === 503 && later && !('WWW-Authenticate' in headers) ? '503' : `${status} ${reason}`
}

type Temperature = 'warm' | 'cold'

it('RFC7662-3: Keycloak goes away and comes back under load, and no good token is refused', async () => {
  // One after the other: Keycloak takes sign-ins of one user at one time for guessing.
  const tokens: string[] = []
  while (tokens.length < 4) tokens.push((await personToken('person')).access_token)
  const [warm = '', ...cold] = tokens
  time.held = Date.now()
  for (const gate of gates) expect(`${gate.name}: ${await judge(gate, warm)}`).toMatch(/allowed$/)
  const tokensOf: Record<Temperature, readonly string[]> = { warm: [warm], cold }
  /** Every gate, with the token that it knows and with those that it does not. */
  const round = (...temperatures: Temperature[]) =>
    gates.flatMap((gate) =>
      temperatures.flatMap((temperature) =>
        tokensOf[temperature].map(async (token) => {
          return `${gate.name}, ${temperature}: ${await judge(gate, token)}`
        }),
      ),
    )

  try {
    // The warm token is known, or asked about at a server that comes and goes.
    const goingDown = load(() => round('warm'))
    await goingDown.rounds(3)
    await stopKeycloak()
    await goingDown.rounds(3)
    expectOnly(await goingDown.end(), ['allowed', '503'])

    for (const gate of newcomers) expect(`${gate.name}: ${await judge(gate, warm)}`).toMatch(/503$/)
    const down = load(() => round('warm', 'cold'))
    await down.rounds(10)
    const seen = await down.end()
    for (const { name, whenCold } of gates) {
      expectOnly(of(seen, `${name}, cold`), [whenCold])
    }
    // Remembered for as long as configured, and known by its signature for longer.
    for (const name of ['jwt', 'hybrid', 'hybrid, never confirmed', 'introspection']) {
      expectOnly(of(seen, `${name}, warm`), ['allowed'])
    }
    expectOnly(of(seen, 'hybrid, always confirmed, warm'), ['503'])
    // What introspection said is out of date, and there is nobody to ask. Keys last for longer.
    time.ahead = 31
    const outdated = load(() => round('warm'))
    await outdated.rounds(10)
    const later = await outdated.end()
    expectOnly(of(later, 'introspection, warm'), ['503'])
    expectOnly(of(later, 'hybrid, warm'), ['503'])
    expectOnly(of(later, 'jwt, warm'), ['allowed'])
  } finally {
    time.held = undefined
    const comingUp = load(() => [
      ...round('warm', 'cold'),
      ...newcomers.map(async (gate) => `${gate.name}, new: ${await judge(gate, warm)}`),
    ])
    await restartKeycloak()
    expectOnly(await comingUp.end(), ['allowed', '503'])
  }

  // Each is well by itself, as soon as it has asked once more.
  for (const gate of [...gates, ...newcomers]) {
    for (const token of tokens) {
      await expect.poll(() => judge(gate, token)).toBe('allowed')
    }
  }
  const recovered = load(() => round('warm', 'cold'))
  await recovered.rounds(10)
  expectOnly(await recovered.end(), ['allowed'])
})

const of = (seen: Set<string>, whom: string): Set<string> =>
  new Set([...seen].filter((line) => line.startsWith(`${whom}: `)))

/** Every one of the answers is one of these, and there were answers. */
function expectOnly(seen: Set<string>, answers: readonly string[]): void {
  expect(seen.size).toBeGreaterThan(0)
  const others = [...seen].filter((line) => !answers.some((answer) => line.endsWith(`: ${answer}`)))
  expect(others).toEqual([])
}
