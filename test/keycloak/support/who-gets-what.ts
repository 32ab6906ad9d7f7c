import { ClientCredentialsProvider as ProgramV2 } from '@modelcontextprotocol/client'
import { ClientCredentialsProvider as ProgramV1 } from '@modelcontextprotocol/sdk/client/auth-extensions.js'
import { type AttackedRealm, PASSWORD, type Protected, SECRETS } from './attacked-realm.ts'
import { accessTokenOf, claimsOf } from './oauth.ts'
import { Person } from './person.ts'
import { MAJORS, type Major, type Visit, visit, visitAsProgram } from './stock.ts'

/** What somebody tries, and what comes of it. */
export interface Row {
  /** Of the list of what fell, or `honest`. */
  readonly about: string
  readonly who: string
  readonly does: string
  readonly on: string
  /** Without resource indicators; default as with them. */
  readonly off?: string
  readonly run: (realm: AttackedRealm) => Promise<string>
}

export const alice = (): Person => new Person('alice', PASSWORD)

/** The outcome of an attempt that the realm or the client ends with an error. */
export const outcomeOf = async (attempt: Promise<string>): Promise<string> =>
  attempt.catch((error: Error) => `Keycloak: ${keycloakError(error.message)}`)

/** What Keycloak said, in short. */
function keycloakError(message: string): string {
  const [, code] = /"error":"([a-z_]+)"/.exec(message) ?? []
  return code ?? message.replace(/^No code: (\w+) .*$/, '$1')
}

export const CALLED = 'calls the server'
export const OPENS = 'OPENS the server'

/** What a gate makes of the token that somebody came by. */
export const atGate = async (server: Protected, token: string): Promise<string> => {
  const verdict = await server.judge(token)
  return verdict === 'opens' ? OPENS : `gate: ${verdict}`
}

export const called = ({ outcome }: Visit): string =>
  outcome.startsWith('called as') ? CALLED : `client: ${outcome}`

const program = (major: Major, issuer: string) =>
  new (major === 'v1' ? ProgramV1 : ProgramV2)({
    clientId: 'mcp-service',
    clientSecret: SECRETS.program,
    expectedIssuer: issuer,
  })

const SERVERS = ['notes', 'mail'] as const

export const HONEST: readonly Row[] = [
  ...MAJORS.flatMap((major): Row[] => [
    ...SERVERS.flatMap((server): Row[] => [
      {
        about: 'honest',
        who: `stock client ${major} that registers itself`,
        does: `is used for ${server}`,
        on: CALLED,
        run: async (realm) => called(await visit(major, realm[server].url, alice())),
      },
      {
        about: 'honest',
        who: `stock client ${major}, pre-registered for both servers`,
        does: `is used for ${server}`,
        on: CALLED,
        run: async (realm) =>
          called(await visit(major, realm[server].url, alice(), { clientId: 'mcp-client' })),
      },
    ]),
    {
      about: 'honest',
      who: `stock client ${major} as a program`,
      does: 'is used for notes',
      on: CALLED,
      run: async ({ realm, notes }) =>
        (await visitAsProgram(major, notes.url, program(major, realm.issuer))).replace(
          /^called as mcp-service$/,
          CALLED,
        ),
    },
  ]),
  {
    about: 'honest',
    who: 'pre-registered client',
    does: 'uses its refresh token, with the token for the same server',
    on: CALLED,
    run: async ({ realm, notes }) => {
      const first = await realm.signIn(alice(), {
        client_id: 'mcp-client',
        scope: 'notes:read',
        resource: notes.url,
      })
      const second = await realm.post('token', {
        grant_type: 'refresh_token',
        client_id: 'mcp-client',
        refresh_token: String(first.body.refresh_token),
      })
      return (await notes.judge(accessTokenOf(second))) === 'opens' ? CALLED : 'refused'
    },
  },
  {
    about: 'honest',
    who: 'web shop',
    does: 'signs its own users in',
    on: 'gets a token without an audience of ours',
    run: async ({ realm }) => {
      const { aud } = claimsOf(await realm.signIn(alice(), { client_id: 'shop', scope: 'openid' }))
      return aud === 'account' ? 'gets a token without an audience of ours' : String(aud)
    },
  },
  {
    about: 'honest',
    who: 'user',
    does: 'sees in the account console what she agreed to, and takes it back',
    on: 'the client is asked for consent again',
    run: async ({ realm, notes }) => {
      const wants = { client_id: 'mcp-client', scope: 'notes:read', resource: notes.url }
      await realm.signIn(alice(), wants)
      const console = await realm.signIn(alice(), {
        client_id: 'account-console',
        scope: 'openid',
        redirect_uri: `${realm.issuer}/account/`,
      })
      const headers = {
        authorization: `Bearer ${accessTokenOf(console)}`,
        accept: 'application/json',
      }
      const consents = `${realm.issuer}/account/applications/mcp-client/consent`
      const listed = await fetch(consents, { headers })
      if (listed.status !== 200) return `account console: ${listed.status}`
      const revoked = await fetch(consents, { method: 'DELETE', headers })
      if (revoked.status !== 204) return `account console: ${revoked.status}`
      const person = alice()
      await realm.signIn(person, wants)
      return person.pages.includes('consent')
        ? 'the client is asked for consent again'
        : 'nothing happens'
    },
  },
]
