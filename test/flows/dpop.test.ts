import {
  Client,
  DpopSession,
  generateDpopKeyPair,
  StreamableHTTPClientTransport as Transport,
  withDpop,
} from '@modelcontextprotocol/client'
import { decodeJwt } from 'jose'
import { beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import type { AuthorizationServerOptions, ResourceServerOptions } from '../../src/index.ts'
import { DECISION_CHANNEL, type DecisionEvent } from '../../src/telemetry/events.ts'
import {
  type BothEraServer,
  FRAMEWORK_NAMES,
  startBothEraServer,
} from '../support/both-era-servers.ts'
import { eventually } from '../support/decisions.ts'
import {
  connectWithKey,
  lastAllowed,
  lastOf,
  REFUSED_ATTEMPTS,
  statuses,
} from '../support/dpop-flows.ts'
import { collectEvents } from '../support/events.ts'
import { startAuthorizationServer } from '../support/issuers/authorization-server.ts'
import { READ, WRITE } from '../support/stock-servers.ts'
import {
  proofOf,
  type StolenRequest,
  tokenOf,
  tryStolenRequest,
  wiretap,
} from '../support/thief.ts'
import { undoAfterAll } from '../support/undo.ts'

const VERIFICATIONS = ['jwt', 'introspection', 'hybrid'] as const
const ERAS = [
  { protocol: '2025', version: '2025-11-25' },
  { protocol: '2026-07-28', version: '2026-07-28' },
] as const

const stop = undoAfterAll()
const events = collectEvents<DecisionEvent>(DECISION_CHANNEL)
const authorizationServer = await startAuthorizationServer({ path: '/realms/acme' })
stop.push(() => authorizationServer.stop())

/** Stands still during a test, so that a nonce grows old only where the test says so. */
let now = aheadOfTokens()
beforeEach(() => {
  now = aheadOfTokens()
})

function aheadOfTokens(): number {
  return Date.now() + 60_000
}

const NONCE_LIFETIME = 60

type Verification = (typeof VERIFICATIONS)[number]

function trusting(verification: Verification): Pick<ResourceServerOptions, 'authorizationServer'> {
  const { issuer, clientId, clientSecret } = authorizationServer
  const introspection = { clientId, clientSecret }
  const asked: AuthorizationServerOptions = { issuer, introspection, verification }
  return { authorizationServer: verification === 'jwt' ? issuer : asked }
}

// Each pair of framework, verification and era comes up, and not each triple: a framework and an era
// have no code in common with a verification.
const COMBINATIONS = FRAMEWORK_NAMES.flatMap((framework, first) =>
  VERIFICATIONS.map((verification, second) => {
    const { protocol, version } = ERAS[(first + second) % ERAS.length] ?? ERAS[0]
    return { framework, verification, protocol, version }
  }),
)

describe.each(COMBINATIONS)(
  '$framework, by $verification, and a client of $version',
  ({ framework, verification, protocol, version }) => {
    const inSession = version === '2025-11-25'
    const start = (clock: () => number) =>
      startBothEraServer(
        framework,
        authorizationServer,
        {
          ...trusting(verification),
          clock,
          dpop: { nonce: { mode: 'required', lifetime: NONCE_LIFETIME } },
        },
        verification === 'introspection' ? 'opaque' : 'jwt',
      )
    let server: BothEraServer

    beforeAll(async () => {
      server = await start(() => now)
      stop.push(() => server.close())
    })

    it('MCP-28 RFC9449-1: discovers, authorizes, calls, steps up and refreshes with one key', async () => {
      const connection = await connectWithKey({ protocol, serverUrl: server.resource })
      const { calls, dpop, oauth } = connection
      expect(await connection.callTool('read_notes')).toMatchObject({ scopes: [READ] })
      expect(lastAllowed(events).possession).toEqual(['dpop'])
      expect(lastOf(calls()).headers.get('mcp-protocol-version')).toBe(version)
      expect(oauth.tokens()?.token_type).toBe('DPoP')
      const first = tokenOf(lastOf(calls()))
      expect(await authorizationServer.introspect(first)).toMatchObject({
        token_type: 'DPoP',
        cnf: { jkt: dpop.thumbprint },
      })
      if (verification !== 'introspection') {
        expect(decodeJwt(first).cnf).toEqual({ jkt: dpop.thumbprint })
      }

      await connection.authorizing(() => connection.callTool('write_note'))
      expect(connection.scopes()).toEqual([READ, WRITE])
      expect(connection.authorizations).toHaveLength(2)
      const second = tokenOf(lastOf(calls()))
      expect(second).not.toBe(first)

      const { refresh_token = '', token_type = '' } = oauth.tokens() ?? {}
      oauth.saveTokens({ access_token: 'not-good-any-more', token_type, refresh_token })
      await connection.callTool('write_note')
      expect(connection.authorizations).toHaveLength(2)
      const third = tokenOf(lastOf(calls()))
      expect([first, second]).not.toContain(third)
      expect((await authorizationServer.introspect(third)).cnf).toEqual({ jkt: dpop.thumbprint })
      const ids = connection
        .atServer()
        .flatMap((request) => (request.headers.has('dpop') ? [proofOf(request).jti] : []))
      expect(new Set(ids).size).toBe(ids.length)
    })

    it('RFC9449-1: its stream and the end of its session have proofs of their own', async () => {
      const connection = await connectWithKey({ protocol, serverUrl: server.resource })
      await connection.callTool('read_notes')
      const byMethod = (method: string) =>
        connection.atServer().filter((request) => request.method === method)
      if (inSession) {
        await eventually(() => expect(statuses(byMethod('GET'))).toEqual([200]))
        const [stream] = byMethod('GET')
        expect(proofOf(stream as StolenRequest)).toMatchObject({ htm: 'GET', htu: server.resource })
        expect(await tryStolenRequest(events, stream as StolenRequest, now)).toEqual(
          REFUSED_ATTEMPTS,
        )
      }
      await connection.endSession()
      const ended = byMethod('DELETE')
      expect(statuses(ended)).toEqual(inSession ? [200] : [])
      for (const request of ended) expect(proofOf(request)).toMatchObject({ htm: 'DELETE' })
    })

    it('RFC9449-3: gets a nonce with the first challenge, a new one in time, and after a pause a challenge with a new one', async () => {
      let time = now
      const own = await start(() => time)
      onTestFinished(() => own.close())
      const connection = await connectWithKey({ protocol, serverUrl: own.resource })
      await connection.callTool('read_notes')
      // The nonce of the first challenge spares the client a second one.
      expect(statuses(connection.atServer()).filter((status) => status === 401)).toEqual([401])
      const [refused] = connection.atServer()
      const nonce = refused?.answerHeaders.get('dpop-nonce')
      expect(proofOf(lastOf(connection.calls())).nonce).toBe(nonce)

      time += NONCE_LIFETIME * 1000
      const before = connection.calls().length
      await connection.callTool('read_notes')
      const [previous] = connection.calls().slice(before)
      expect(previous?.status).toBe(200)
      const next = previous?.answerHeaders.get('dpop-nonce')
      expect(next).not.toBe(nonce)
      await connection.callTool('read_notes')
      expect(proofOf(lastOf(connection.calls())).nonce).toBe(next)

      time += 2 * NONCE_LIFETIME * 1000
      const late = connection.calls().length
      await connection.callTool('read_notes')
      expect(statuses(connection.calls().slice(late))).toEqual([401, 200])
      expect(connection.calls()[late]?.answerHeaders.get('www-authenticate')).toContain(
        'DPoP error="use_dpop_nonce"',
      )
      expect(connection.authorizations).toHaveLength(1)
    })

    it('RFC9449-2 RFC9449-6: its stolen token is worth nothing to curl', async () => {
      const connection = await connectWithKey({ protocol, serverUrl: server.resource })
      await connection.callTool('read_notes')
      expect(await tryStolenRequest(events, lastOf(connection.calls()), now)).toEqual(
        REFUSED_ATTEMPTS,
      )
      expect(server.reached.filter((userAgent) => userAgent.startsWith('curl'))).toEqual([])
      // The client itself is not disturbed.
      expect(await connection.callTool('read_notes')).toMatchObject({ scopes: [READ] })
      expect(connection.authorizations).toHaveLength(1)
    })
  },
)

describe('a client that restarts', () => {
  it('RFC9449-3: keeps its token and its key, is asked for a nonce, and goes on', async () => {
    const server = await startBothEraServer('Express', authorizationServer, {
      dpop: { nonce: 'required' },
    })
    stop.push(() => server.close())
    const keyPair = await generateDpopKeyPair()
    const { oauth } = await connectWithKey(
      { serverUrl: server.resource },
      await DpopSession.create({ keyPair }),
    )
    const token = oauth.tokens()?.access_token

    // An application stores the token and the key, and no nonce.
    const { fetch, seen } = wiretap()
    const session = await DpopSession.create({ keyPair })
    const client = new Client({ name: 'restarted', version: '1.0.0' })
    stop.push(() => client.close())
    const withProofs = withDpop(session, () => token)(fetch)
    await client.connect(new Transport(new URL(server.resource), { fetch: withProofs }))
    const [asked, answered] = seen
    expect(statuses(seen).slice(0, 2)).toEqual([401, 200])
    expect(asked?.answerHeaders.get('www-authenticate')).toContain('error="use_dpop_nonce"')
    expect(proofOf(asked as StolenRequest)).not.toHaveProperty('nonce')
    const nonce = asked?.answerHeaders.get('dpop-nonce')
    expect(proofOf(answered as StolenRequest)).toMatchObject({ nonce })
  })
})
