/** Floods of what a resource server remembers, or refuses to read. */
import { randomUUID } from 'node:crypto'
import { createResourceServer, type ResourceServer } from '../../src/index.ts'
import { MemorySessionStore } from '../../src/mcp/memory-session-store.ts'
import { RevocationList } from '../../src/revocation/revocation-list.ts'
import { MemoryReplayStore } from '../../src/storage/memory-replay-store.ts'
import { createTestIssuer } from '../../src/testing/create-test-issuer.ts'
import { type Flood, number } from './flood.ts'

const RESOURCE = 'https://mcp.example.com/mcp'
const ISSUER = 'https://sso.example.com'

/** An authorization server in this process, which counts what it is asked. */
function countingServer(more: object = {}) {
  const issuer = createTestIssuer({ issuer: ISSUER, resource: RESOURCE, scopes: ['mcp:tools'] })
  let calls = 0
  const fetch: typeof globalThis.fetch = (...args) => {
    calls += 1
    return issuer.fetch(...args)
  }
  const server = createResourceServer({
    resource: RESOURCE,
    authorizationServer: { issuer: ISSUER },
    http: { fetch },
    ...more,
  })
  return { issuer, server, calls: () => calls }
}

const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url')

/** A token with an invented signature. */
const forged = (header: object, claims: object): string =>
  `${encode({ alg: 'ES256', typ: 'at+jwt', ...header })}.${encode(claims)}.${'A'.repeat(86)}`

async function refusals(
  server: ResourceServer,
  tokens: () => string,
  count: number,
): Promise<Map<string, number>> {
  const reasons = new Map<string, number>()
  for (let at = 0; at < count; at += 1) {
    const { reason = 'allowed' } = await server
      .verify(tokens())
      .then(() => ({ reason: undefined }))
      .catch((error: { reason?: string }) => error)
    reasons.set(reason, (reasons.get(reason) ?? 0) + 1)
  }
  return reasons
}

export const MEMORY_FLOODS: readonly Flood[] = [
  {
    bound: 'fetches of keys for unknown key ids',
    async run(size) {
      const count = 20_000 * size
      const { server, calls } = countingServer()
      await server.ready()
      const before = calls()
      const reasons = await refusals(
        server,
        () => forged({ kid: randomUUID() }, { iss: ISSUER }),
        count,
      )
      const fetches = calls() - before
      await server.close()
      return {
        sent: `${number(count)} tokens, each with another \`kid\``,
        took: `${fetches} fetches; all refused`,
        held: fetches <= 10 && !reasons.has('allowed'),
      }
    },
  },
  {
    bound: 'calls to unknown issuers',
    async run(size) {
      const count = 20_000 * size
      const { server, calls } = countingServer()
      await server.ready()
      const before = calls()
      const token = () => forged({ kid: 'k' }, { iss: `https://${randomUUID()}.example.com` })
      const reasons = await refusals(server, token, count)
      await server.close()
      return {
        sent: `${number(count)} tokens, each of another issuer`,
        took: `${calls() - before} calls; all refused`,
        held: calls() === before && reasons.get('issuer_unknown') === count,
      }
    },
  },
  {
    bound: 'length of a token',
    async run() {
      const { server, calls } = countingServer()
      const lengths = [8193, 65_536, 16 * 2 ** 20]
      const refused = await Promise.all(
        lengths.map((length) => refusals(server, () => 'a'.repeat(length), 1)),
      )
      await server.close()
      return {
        sent: `tokens of ${lengths.map(number).join(', ')} characters`,
        took: `${calls()} calls; all too long`,
        held: calls() === 0 && refused.every((reasons) => reasons.has('token_too_long')),
      }
    },
  },
  {
    bound: 'depth of JSON in tokens and answers',
    async run() {
      const { server, calls } = countingServer()
      const part = (text: string) => Buffer.from(text).toString('base64url')
      const header = encode({ alg: 'ES256', typ: 'at+jwt', kid: 'k' })
      const deep = [65, 1000, 2500].map((depth) => `{"a":${'['.repeat(depth)}${']'.repeat(depth)}}`)
      const wide = `{${Array.from({ length: 1000 }, (_, at) => `"a${at}":1`).join(',')},"a0":2}`
      const tokens = [...deep, wide.slice(0, 5000).replace(/,[^,]*$/, ',"a0":2}')].map(
        (json) => `${header}.${part(json)}.AAAA`,
      )
      const refused = await Promise.all(tokens.map((token) => refusals(server, () => token, 1)))
      await server.close()
      return {
        sent: 'claims of 65, 1000 and 2500 levels; 500 members, the first one twice',
        took: `${calls()} calls; all malformed`,
        held: calls() === 0 && refused.every((reasons) => reasons.has('token_malformed')),
      }
    },
  },
  {
    bound: 'proofs (DPoP) that are remembered',
    async run(size) {
      const limit = 1_000_000 * size
      const limits = {
        maxIds: [limit, 'dpop.maxProofs'],
        maxIdsPerOwner: [limit / 10, 'dpop.maxProofsPerSubject'],
        longestLife: 120_000,
      } as const
      const store = new MemoryReplayStore(limits, () => 1e12)
      let refused = 0
      for (let at = 0; at < 1.2 * limit; at += 1) {
        try {
          store.remember(`${at}-${randomUUID()}`, 1e12 + 60_000, `owner-${at % 20}`)
        } catch {
          refused += 1
        }
      }
      return {
        sent: `${number(1.2 * limit)} proofs of 20 callers`,
        took: `${number(store.size)} ids; ${number(refused)} answered with 503`,
        held: store.size === limit && refused === 0.2 * limit,
      }
    },
  },
  {
    bound: 'revocations: logout tokens, security events, your program',
    async run(size) {
      const maxRevocations = 100_000 * size
      let full = 0
      const list = new RevocationList({
        longestTokenLife: 86_400,
        maxRevocations,
        clock: () => 1e12,
        onFull: () => {
          full += 1
        },
      })
      const count = 1_000_000 * size
      let most = 0
      for (let at = 0; at < count; at += 1) {
        const key = randomUUID()
        list.add({ key, everything: 'everything of the issuer', issuedUntil: undefined, at: 1e9 })
        most = Math.max(most, list.size)
      }
      return {
        sent: `${number(count)} revoked sessions`,
        took: `${number(most)} entries at most; the rest became a bound of the issuer`,
        held: most <= maxRevocations && full > 0,
      }
    },
  },
  {
    bound: 'sessions',
    async run(size) {
      const maxSessions = 10_000 * size
      const store = new MemorySessionStore(
        { maxSessions, maxPerPrincipal: 1000 * size, maxPerSubject: 2000 * size, maxIdle: 86_400 },
        () => 1e12,
      )
      const count = 1_000_000 * size
      for (let at = 0; at < count; at += 1) {
        const owner = `owner-${at % 100_000}`
        store.add(randomUUID(), { principal: owner, subject: owner } as never)
      }
      const { sessions, keys } = store.counts
      return {
        sent: `${number(count)} sessions of 100 000 callers`,
        took: `${number(sessions)} sessions, ${number(keys)} keys in lists of owners`,
        held: sessions === maxSessions && keys === 2 * maxSessions,
      }
    },
  },
]
