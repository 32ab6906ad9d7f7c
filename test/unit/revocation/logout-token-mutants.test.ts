import { describe, expect, it } from 'vitest'
import {
  LOGOUT_CLIENT,
  LOGOUT_EVENT,
  logoutClaims,
  postLogout,
  signLogoutToken,
} from '../../support/logout-tokens.ts'
import {
  attackerKey,
  base64url,
  bearer,
  forge,
  NOW,
  signToken,
  testResourceServer,
} from '../../support/tokens.ts'

// A good logout token is changed in one place at random. Whatever the change, the token is refused. The
// same seed gives the same changes.

const ROUNDS = 200

/** Random numbers from 0 to 1 (xorshift). */
function randomness(seed: number): () => number {
  let state = seed
  return () => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return (state >>> 0) / 2 ** 32
  }
}

const random = randomness(20_261_122)
const pick = <Value>(values: readonly Value[]): Value =>
  values[Math.floor(random() * values.length)] as Value
const below = (limit: number) => Math.floor(random() * limit)

const server = testResourceServer({
  server: { backchannelLogout: { clientIds: LOGOUT_CLIENT } },
})

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.=+/ "'

/** Changes one character, or leaves one out, or adds one. */
function changeText(text: string): string {
  const at = below(text.length)
  const [head, tail] = [text.slice(0, at), text.slice(at + 1)]
  const added = pick([...ALPHABET].filter((character) => character !== text[at]))
  return pick([head + added + tail, head + tail, `${head}${added}${text.slice(at)}`])
}

/** Values that no claim may have. */
const WRONG = [undefined, null, '', 0, -1, true, [], [''], {}, [[]]]

const REQUIRED = ['iss', 'aud', 'iat', 'exp', 'jti', 'events'] as const

async function unsignedChange(): Promise<string> {
  const token = await signLogoutToken()
  const changed = changeText(token)
  return changed === token ? `${token}.` : changed
}

/** Changes the claims, and keeps the signature of the token before. */
async function otherClaims(): Promise<string> {
  const [header, , signature] = (await signLogoutToken()).split('.')
  const claims = logoutClaims({ [pick(['sub', 'sid', 'jti', 'x'])]: `${random()}` })
  return [header, base64url(JSON.stringify(claims)), signature].join('.')
}

const wrongClaim = () => signLogoutToken({ claims: { [pick(REQUIRED)]: pick(WRONG) } })

/** The claims are those of an attacker, and so is the key. */
const wrongKey = () =>
  signLogoutToken({
    key: attackerKey,
    claims: { sub: `${random()}` },
    header: pick([{}, { kid: undefined }, { kid: 'ec-1' }, { jku: 'https://evil.example' }]),
  })

const wrongTime = () =>
  signLogoutToken({
    claims: pick([
      { iat: NOW + 60 + below(1e9) },
      { exp: NOW - 60 - below(1e9) },
      { iat: -below(1e9) },
      { iat: String(NOW) },
    ]),
  })

const wrongEvent = () =>
  signLogoutToken({
    claims: {
      events: pick<unknown>([
        { [changeText(LOGOUT_EVENT)]: {} },
        { [LOGOUT_EVENT]: pick([null, '', 1, true, [], [{}]]) },
        [{ [LOGOUT_EVENT]: {} }],
        { events: { [LOGOUT_EVENT]: {} } },
        JSON.stringify({ [LOGOUT_EVENT]: {} }),
      ]),
    },
  })

/** Repeats a member of the payload: another parser could take the other one. */
const memberTwice = () => {
  const text = JSON.stringify(logoutClaims())
  const name = pick(['iss', 'aud', 'sub', 'sid', 'jti', 'events', 'exp', 'iat'])
  const payload = text.replace(`"${name}":`, `"${name}":${pick(['"a"', '0', '{}'])},"${name}":`)
  return forge({ header: { typ: 'logout+jwt' }, payload })
}

const CHANGES = {
  unsignedChange,
  otherClaims,
  wrongClaim,
  wrongKey,
  wrongTime,
  wrongEvent,
  memberTwice,
}

describe('BCL-1 BCL-2: random changes of a good logout token', () => {
  it.each(Object.entries(CHANGES))(
    'are all refused with 400, and revoke nothing: %s',
    async (_what, change) => {
      for (let round = 0; round < ROUNDS; round += 1) {
        const token = await change()
        const { status } = await postLogout(server, token)
        expect({ status, token }).toEqual({ status: 400, token })
      }
      const token = await signToken({ claims: { sid: 'session-1' } })
      expect((await server.authenticate(bearer(token))).outcome).toBe('allowed')
    },
  )

  it('the unchanged token is accepted', async () => {
    expect((await postLogout(server, await signLogoutToken())).status).toBe(200)
  })
})
