import { diag, type Meter, type MeterProvider, metrics } from '@opentelemetry/api'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { createInstrumentation } from '../../../src/opentelemetry/index.ts'
import { METRICS } from '../../../src/opentelemetry/metrics.ts'
import {
  createTestClock,
  createTestIssuer,
  createTestKey,
  testRequest,
} from '../../../src/testing/index.ts'
import { eventually } from '../../support/decisions.ts'
import { MemorySharedStore } from '../../support/memory-shared-store.ts'
import { startMetrics } from '../../support/metrics.ts'

const key = createTestKey()

/** Of each test. The states of other tests, whose servers may still be in memory, are not looked at. */
let ISSUER: string
let RESOURCE: string
let tests = 0

let telemetry: ReturnType<typeof startMetrics>

beforeEach(() => {
  tests += 1
  ISSUER = `https://metrics-${tests}.test`
  RESOURCE = `https://metrics-${tests}.example.com/mcp`
  telemetry = startMetrics()
  return () => telemetry.stop()
})

const issuers: { close(): Promise<void> }[] = []
afterEach(async () => {
  for (const issuer of issuers.splice(0)) await issuer.close()
})

function testIssuer(clock: () => number = createTestClock()) {
  const options = { issuer: ISSUER, resource: RESOURCE, keys: [key], scopes: ['mcp:tools'], clock }
  const issuer = createTestIssuer(options)
  issuers.push(issuer)
  return issuer
}

/** The series of a metric of this file's resource or issuer. Other files share the process. */
async function seriesOf(metric: keyof typeof METRICS) {
  const all = await telemetry.series(METRICS[metric].name)
  return all
    .map(({ attributes, value }) => {
      const {
        'mcp_resource_server.resource': resource = RESOURCE,
        'mcp_resource_server.issuer': issuer = ISSUER,
        ...rest
      } = attributes
      return { resource, issuer, ...rest, value }
    })
    .filter(({ resource, issuer }) => resource === RESOURCE && issuer === ISSUER)
    .map(({ resource: _resource, issuer: _issuer, ...rest }) => rest)
}

it('decisions are counted by outcome, reason and near miss', async () => {
  const issuer = testIssuer()
  const server = issuer.resourceServer({ requiredScopes: ['mcp:tools'] })
  const token = await issuer.token()
  await server.authenticate(await testRequest({ token }))
  await server.authenticate(await testRequest({ token }))
  await server.authenticate(await testRequest())
  await server.authenticate(
    await testRequest({ token: await issuer.token({ claims: { aud: 'account' } }) }),
  )
  expect(await seriesOf('decisions')).toEqual([
    { 'mcp_resource_server.outcome': 'allowed', value: 2 },
    {
      'mcp_resource_server.outcome': 'challenged',
      'mcp_resource_server.reason': 'credentials_missing',
      value: 1,
    },
    {
      'mcp_resource_server.outcome': 'challenged',
      'mcp_resource_server.reason': 'audience_mismatch',
      'mcp_resource_server.near_miss': 'audience_generic',
      value: 1,
    },
  ])
  expect(await seriesOf('decisionDuration')).toEqual([
    {
      'mcp_resource_server.outcome': 'allowed',
      'mcp_resource_server.cache': 'miss',
      value: 1,
    },
    { 'mcp_resource_server.outcome': 'allowed', 'mcp_resource_server.cache': 'hit', value: 1 },
    { 'mcp_resource_server.outcome': 'challenged', value: 1 },
    {
      'mcp_resource_server.outcome': 'challenged',
      'mcp_resource_server.cache': 'miss',
      value: 1,
    },
  ])
})

it('durations are in seconds: a decision of this process takes less than its limit of ten', async () => {
  const issuer = testIssuer()
  await issuer.resourceServer().verify(await issuer.token())
  const { sum } = await telemetry.histogram(METRICS.decisionDuration.name)
  expect(sum).toBeGreaterThan(0)
  expect(sum).toBeLessThan(10)
})

it('calls to the authorization server have purpose and status, and an outage has a type', async () => {
  const issuer = testIssuer()
  const token = await issuer.token()
  await issuer.resourceServer().verify(token)
  issuer.outage()
  await expect(issuer.resourceServer().verify(token)).rejects.toThrow()
  expect(await seriesOf('outboundDuration')).toEqual([
    {
      'mcp_resource_server.purpose': 'discovery',
      'http.response.status_code': 200,
      value: 1,
    },
    { 'mcp_resource_server.purpose': 'key_set', 'http.response.status_code': 200, value: 1 },
    {
      'mcp_resource_server.purpose': 'introspection',
      'http.response.status_code': 200,
      value: 1,
    },
    {
      'mcp_resource_server.purpose': 'discovery',
      'error.type': 'ECONNREFUSED',
      value: expect.any(Number),
    },
  ])
})

it('an error code that the option http.fetch makes up becomes _OTHER', async () => {
  const issuer = testIssuer()
  const failing = () => Promise.reject(Object.assign(new Error(), { code: 'E_ALICE_42' }))
  issuer.replaceAnswer('metadata', failing)
  await expect(issuer.resourceServer().verify(await issuer.token())).rejects.toThrow()
  expect(await seriesOf('outboundDuration')).toContainEqual(
    expect.objectContaining({ 'error.type': '_OTHER' }),
  )
})

it('the age of the keys is known to telemetry that starts after the fetch', async () => {
  await telemetry.stop()
  const clock = createTestClock()
  const issuer = testIssuer(clock)
  const server = issuer.resourceServer()
  await server.verify(await issuer.token())
  clock.advance(100)
  telemetry = startMetrics()
  expect(await seriesOf('keySetAge')).toEqual([{ value: 100 }])
  clock.advance(1)
  expect(await seriesOf('keySetAge')).toEqual([{ value: 101 }])
})

it('of two servers with the same issuer, the latest fetch counts; a clock that fails is left out', async () => {
  const clock = createTestClock()
  let broken = false
  const issuer = testIssuer(() => {
    if (broken) throw new Error('no clock')
    return clock()
  })
  const token = await issuer.token()
  const [first, second] = [issuer.resourceServer(), issuer.resourceServer()]
  await first.verify(token)
  clock.advance(60)
  await second.verify(token)
  clock.advance(5)
  expect(await seriesOf('keySetAge')).toEqual([{ value: 5 }])
  broken = true
  // A series that is no longer observed keeps its last value in the SDK.
  await telemetry.stop()
  telemetry = startMetrics()
  expect(await seriesOf('keySetAge')).toEqual([])
})

it('the keys of a closed server do not get older', async () => {
  const clock = createTestClock()
  const issuer = testIssuer(clock)
  const token = await issuer.token()
  const [closed, open] = [issuer.resourceServer(), issuer.resourceServer()]
  await closed.verify(token)
  await open.verify(token)
  clock.advance(60)
  await closed.close()
  expect(await seriesOf('keySetAge')).toEqual([{ value: 60 }])
  await open.close()
  clock.advance(3600)
  // The SDK repeats the last value of a series that is no longer observed.
  expect(await seriesOf('keySetAge')).toEqual([{ value: 60 }])
  await telemetry.stop()
  telemetry = startMetrics()
  expect(await seriesOf('keySetAge')).toEqual([])
  // Until here, the servers are held by somebody else than telemetry.
  expect(closed).not.toBe(open)
})

it('the health of the shared store is known to telemetry that starts late, and changes', async () => {
  await telemetry.stop()
  const issuer = testIssuer()
  const store = new MemorySharedStore()
  const server = issuer.resourceServer({ sharedStore: { store, onOutage: 'local' } })
  await server.ready()
  telemetry = startMetrics()
  expect(await seriesOf('sharedStoreUp')).toEqual([{ value: 1 }])
  store.state = 'down'
  await eventually(async () => expect(await seriesOf('sharedStoreUp')).toEqual([{ value: 0 }]))
  await server.close()
  // A series that is no longer observed keeps its last value in the SDK.
  await telemetry.stop()
  telemetry = startMetrics()
  expect(await seriesOf('sharedStoreUp')).toEqual([])
})

it('revocations are counted by kind and source', async () => {
  const issuer = testIssuer()
  const server = issuer.resourceServer()
  await server.revoke({ subject: 'alice' })
  expect(await seriesOf('revocationEvents')).toEqual([
    {
      'mcp_resource_server.revocation.kind': 'revoked',
      'mcp_resource_server.revocation.source': 'program',
      value: 1,
    },
  ])
})

it('a client that loops is counted, without its name', async () => {
  const warn = vi.spyOn(process, 'emitWarning').mockImplementation(() => {})
  const issuer = testIssuer()
  const server = issuer.resourceServer()
  for (let round = 0; round < 3; round += 1) {
    const token = await issuer.token({ claims: { aud: 'account', jti: `${round}` } })
    await server.authenticate(await testRequest({ token }))
  }
  // The signature of a refused token is checked after the answer.
  await eventually(async () => {
    expect(await seriesOf('clientLoops')).toEqual([
      {
        'mcp_resource_server.reason': 'audience_mismatch',
        'mcp_resource_server.near_miss': 'audience_generic',
        'mcp_resource_server.verified': true,
        value: 1,
      },
    ])
  })
  warn.mockRestore()
})

it('each metric has the name, unit and description of the table, and no other attribute', async () => {
  const issuer = testIssuer()
  const store = new MemorySharedStore()
  const server = issuer.resourceServer({ sharedStore: { store, onOutage: 'local' } })
  await server.authenticate(await testRequest({ token: await issuer.token() }))
  await server.revoke({ subject: 'alice' })
  const known = new Map(Object.values(METRICS).map((metric) => [metric.name as string, metric]))
  const collected = await telemetry.collect()
  expect(collected.length).toBeGreaterThan(4)
  for (const { descriptor, dataPoints } of collected) {
    const { name, unit, description } = descriptor
    const metric = known.get(name)
    expect({ name, unit, description }).toEqual({
      name,
      unit: metric?.unit,
      description: metric?.description,
    })
    for (const { attributes } of dataPoints) {
      for (const attribute of Object.keys(attributes)) {
        expect(metric?.attributes, name).toContain(attribute)
      }
    }
  }
})

it('a cache hit of 80 µs and an outage of 2 s are in different buckets', async () => {
  const issuer = testIssuer()
  await issuer.resourceServer().verify(await issuer.token())
  const { buckets } = await telemetry.histogram(METRICS.decisionDuration.name)
  expect(buckets.boundaries).toEqual(METRICS.decisionDuration.boundaries)
  expect(buckets.boundaries[0]).toBe(0.00005)
  expect(buckets.boundaries.at(-1)).toBe(10)
})

it('disable() ends events and gauges, and enable() starts them again', async () => {
  const issuer = testIssuer()
  const server = issuer.resourceServer()
  const token = await issuer.token()
  const decide = async () => server.authenticate(await testRequest({ token }))
  await decide()
  telemetry.instrumentation.disable()
  await decide()
  expect(await seriesOf('decisions')).toMatchObject([{ value: 1 }])
  expect(await seriesOf('keySetAge')).toEqual([])
  telemetry.instrumentation.enable()
  telemetry.instrumentation.enable()
  await decide()
  expect(await seriesOf('decisions')).toMatchObject([{ value: 2 }])
  expect(await seriesOf('keySetAge')).toHaveLength(1)
})

it('a global meter provider counts also if it is set after the instrumentation was created', async () => {
  telemetry.instrumentation.disable()
  const instrumentation = createInstrumentation()
  const issuer = testIssuer()
  const server = issuer.resourceServer()
  await server.authenticate(await testRequest())
  metrics.setGlobalMeterProvider(telemetry.provider)
  await server.authenticate(await testRequest())
  expect(await seriesOf('decisions')).toMatchObject([{ value: 1 }])
  instrumentation.disable()
})

it.each(['getMeter', 'createCounter', 'createObservableGauge', 'add'])(
  'S1.13: a meter whose %s throws changes no decision, and is reported once',
  async (place) => {
    const fail = () => {
      throw new Error(`${place} failed`)
    }
    const instrument = { add: fail, record() {}, addCallback() {}, removeCallback() {} }
    const meter: object = {
      createCounter: () => instrument,
      createHistogram: () => instrument,
      createObservableGauge: () => instrument,
      ...(place === 'getMeter' || place === 'add' ? {} : { [place]: fail }),
    }
    const provider: MeterProvider = { getMeter: () => meter as Meter }
    const errors = vi.fn()
    diag.setLogger({ error: errors, warn() {}, info() {}, debug() {}, verbose() {} })
    telemetry.instrumentation.setMeterProvider(place === 'getMeter' ? { getMeter: fail } : provider)
    const issuer = testIssuer()
    const server = issuer.resourceServer()
    const token = await issuer.token()
    for (let round = 0; round < 2; round += 1) {
      const decision = await server.authenticate(await testRequest({ token }))
      expect(decision.outcome).toBe('allowed')
    }
    expect(errors).toHaveBeenCalledTimes(1)
    diag.disable()
  },
)

it('S1.13: a flood of made-up names adds no series, and none is in a label', async () => {
  const issuer = testIssuer()
  const policy = { tools: { add: 'allow' }, default: { scopes: ['mcp:tools'] } } as const
  const server = issuer.resourceServer({ policy, requiredScopes: ['mcp:tools'] })
  const forged = createTestKey()
  const flood = async (from: number) => {
    for (let at = from; at < from + 40; at += 1) {
      const made = `made-up-${at}`
      const about = {
        subject: made,
        clientId: made,
        session: made,
        claims: { jti: made, acr: made, iss: at % 4 === 0 ? `https://${made}.test` : ISSUER },
      }
      const token = await issuer.token({ ...about, ...(at % 4 === 1 ? { key: forged } : {}) })
      for (const [method, params] of [
        ['tools/call', { name: made }],
        [made, { name: made }],
        ['resources/read', { uri: `file:///${made}` }],
      ] as const) {
        const request = await testRequest({
          token,
          method: at % 2 === 0 ? 'POST' : `MADE${at}`,
          url: `${RESOURCE}?${made}`,
          message: { method, params },
          headers: {
            'mcp-session-id': made,
            'mcp-protocol-version': made,
            origin: `https://${made}`,
          },
        })
        await server.authenticate(request)
      }
    }
  }
  await flood(0)
  const before = await telemetry.series()
  await flood(1000)
  const after = await telemetry.series()
  expect(after.length).toBe(before.length)
  expect(JSON.stringify(after.map(({ attributes }) => attributes))).not.toMatch(/made/i)
})
