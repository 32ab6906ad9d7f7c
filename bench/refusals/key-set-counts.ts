/** What happens to the key set in a flood, an outage and a rotation, as counts. The clock is made, so they are exact. */
import { setImmediate as nextTurn } from 'node:timers/promises'
import { createTestClock, createTestIssuer, type TestIssuer } from '../../dist/testing/index.js'
import type { Goal } from '../harness.ts'

const RESOURCE = 'https://mcp.example.com/mcp'

interface Setting {
  readonly issuer: TestIssuer
  readonly clock: ReturnType<typeof createTestClock>
  /** The reason for which a token is refused; `undefined` if it is good. */
  readonly refusalOf: (token: string) => Promise<string | undefined>
  /** How often the keys were fetched. */
  readonly fetches: () => number
}

async function inSetting<T>(use: (setting: Setting) => Promise<T>): Promise<T> {
  const clock = createTestClock()
  await using issuer = createTestIssuer({ resource: RESOURCE, clock })
  const resourceServer = issuer.resourceServer()
  return await use({
    issuer,
    clock,
    refusalOf: (token) =>
      resourceServer.verify(token).then(
        () => undefined,
        (error: { reason: string }) => error.reason,
      ),
    fetches: () => issuer.requestsTo('keys').length,
  })
}

/** A load in the background needs some turns of the event loop, and no time. */
async function settled(): Promise<void> {
  for (let turn = 0; turn < 20; turn += 1) await nextTurn()
}

const lost = (refusals: readonly (string | undefined)[]): number =>
  refusals.filter((refusal) => refusal !== undefined).length

async function cold(): Promise<number> {
  return inSetting(async ({ issuer, refusalOf, fetches }) => {
    const tokens = await Promise.all(Array.from({ length: 64 }, () => longToken(issuer)))
    await Promise.all(tokens.map(refusalOf))
    return fetches()
  })
}

/** A flood of tokens with made-up `kid`s, among good tokens. */
async function flood(): Promise<{ readonly fetches: number; readonly lost: number }> {
  return inSetting(async ({ issuer, refusalOf, fetches }) => {
    await refusalOf(await longToken(issuer))
    const before = fetches()
    const refusals: (string | undefined)[] = []
    for (let at = 0; at < 1000; at += 1) {
      await refusalOf(await longToken(issuer, { header: { kid: crypto.randomUUID() } }))
      if (at % 10 === 0) refusals.push(await refusalOf(await longToken(issuer)))
    }
    return { fetches: fetches() - before, lost: lost(refusals) }
  })
}

/** An hour without the endpoint: a new token each second, and then beyond the bound. */
async function outage() {
  return inSetting(async ({ issuer, clock, refusalOf, fetches }) => {
    await refusalOf(await longToken(issuer))
    issuer.outage({ of: 'keys', how: { status: 500 } })
    const refusals: (string | undefined)[] = []
    const before = fetches()
    for (let second = 0; second < 3600; second += 1) {
      clock.advance(1)
      refusals.push(await refusalOf(await longToken(issuer)))
      await settled()
    }
    const during = fetches() - before
    clock.advance(600)
    const after = await Promise.all(
      [1, 2, 3, 4].map(async () => refusalOf(await longToken(issuer))),
    )
    const unavailable = after.filter((reason) => reason === 'key_set_unavailable').length
    return { lost: lost(refusals), fetches: during, wrongAfter: after.length - unavailable }
  })
}

/** A set that is broken, empty or without a usable key, for ten minutes. */
async function badSets(): Promise<number> {
  const answers = [
    { body: '{' },
    { body: { keys: [] } },
    { body: { keys: [{ kty: 'oct', k: 'AA' }] } },
  ]
  const refusals: (string | undefined)[] = []
  for (const answer of answers) {
    await inSetting(async ({ issuer, clock, refusalOf }) => {
      await refusalOf(await longToken(issuer))
      issuer.replaceAnswer('keys', answer)
      for (let minute = 0; minute < 10; minute += 1) {
        clock.advance(60)
        refusals.push(await refusalOf(await longToken(issuer)))
        await settled()
      }
    })
  }
  return lost(refusals)
}

/** A removed key. @returns how many tokens that it signed are accepted after the next refresh */
async function removedKey(): Promise<number> {
  return inSetting(async ({ issuer, clock, refusalOf }) => {
    const tokens = await Promise.all(Array.from({ length: 10 }, () => longToken(issuer)))
    await Promise.all(tokens.map(refusalOf))
    issuer.rotateKeys({ keepOld: false })
    clock.advance(301)
    // The refresh is made in the background of this request.
    await refusalOf(tokens[0] as string)
    await settled()
    return tokens.length - lost(await Promise.all(tokens.map(refusalOf)))
  })
}

/** An endpoint that never answers. @returns how many good tokens wait for it or are refused */
async function hanging(): Promise<number> {
  return inSetting(async ({ issuer, clock, refusalOf }) => {
    await refusalOf(await longToken(issuer))
    issuer.replaceAnswer('keys', () => new Promise(() => {}))
    void refusalOf(await longToken(issuer, { header: { kid: 'unknown' } }))
    clock.advance(301)
    let good = 0
    for (let at = 0; at < 100; at += 1) {
      const token = await longToken(issuer)
      const answer = refusalOf(token).then((reason) => reason ?? 'good')
      const first = await Promise.race([answer, waitLong()])
      if (first === 'good') good += 1
    }
    return 100 - good
  })
}

/** Far longer than a verification takes, and shorter than the time limits of a call. */
const waitLong = (): Promise<string> =>
  new Promise((resolve) => setTimeout(resolve, 4000, 'waited').unref())

const longToken = (issuer: TestIssuer, more: object = {}): Promise<string> =>
  issuer.token({ expiresIn: 86_400, ...more })

export async function keySetGoals(): Promise<Goal[]> {
  const goal = (text: string, count: number, most: number, unit: string): Goal => ({
    text,
    most,
    kind: 'count',
    unit,
    measured: { median: count, least: count, most: count },
  })
  const flooded = await flood()
  const failed = await outage()
  return [
    goal('key set: 64 requests at once, cold', await cold(), 1, 'fetches'),
    goal('key set: 1,000 made-up `kid`s', flooded.fetches, 2, 'fetches'),
    goal('key set: 100 good tokens among them', flooded.lost, 0, 'refused'),
    goal('key set: an outage of an hour, a token a second', failed.lost, 0, 'refused'),
    // After 1, 2, 4, 8 and 16 s, then every 30 s; the first 300 s need no fetch.
    goal('key set: fetches in this hour', failed.fetches, 115, 'fetches'),
    goal('key set: answers after the bound that are not 503', failed.wrongAfter, 0, 'answers'),
    goal('key set: good tokens, with a broken or empty set', await badSets(), 0, 'refused'),
    goal(
      'key set: tokens of a removed key, after the next refresh',
      await removedKey(),
      0,
      'accepted',
    ),
    goal('key set: good tokens, with an endpoint that hangs', await hanging(), 0, 'delayed'),
  ]
}
