import {
  type AuthorizationServerOptions,
  createResourceServer,
  type ResourceServer,
} from '../../src/index.ts'
import { keycloakProfile } from '../../src/keycloak/profile.ts'
import { createTestClock } from '../../src/testing/test-clock.ts'
import { allowed, ask, refused, unavailable } from '../support/decisions.ts'
import { describe, expect, it } from '../support/issuers/it.ts'
import {
  AT_JWT,
  CREDENTIALS,
  type IssuerOptions,
  type LocalIssuer,
  RESOURCE,
  startIssuer,
} from '../support/issuers/local-issuer.ts'
import { PATIENT_HTTP } from '../support/patient-http.ts'

interface World extends AsyncDisposable {
  readonly a: LocalIssuer
  readonly b: LocalIssuer
  gate(a?: IssuerOptions, b?: IssuerOptions): ResourceServer
}

/** Two issuers whose keys have the same `kid`, as those of two fresh installations may. */
async function startWorld(): Promise<World> {
  const clock = createTestClock()
  const a = await startIssuer({ clock, keyId: 'key-1' })
  const b = await startIssuer({ clock, keyId: 'key-1', path: '/realms/acme' })
  const gates: ResourceServer[] = []
  return {
    a,
    b,
    gate(optionsA, optionsB) {
      const authorizationServer: AuthorizationServerOptions[] = [
        { issuer: a.issuer, ...optionsA },
        { issuer: b.issuer, ...optionsB },
      ]
      const gate = createResourceServer({
        resource: RESOURCE,
        authorizationServer,
        clock,
        http: PATIENT_HTTP,
      })
      gates.push(gate)
      return gate
    },
    async [Symbol.asyncDispose]() {
      await Promise.all(gates.map((gate) => gate.close()))
      await Promise.all([a.server.stop(), b.server.stop()])
    },
  }
}

describe('two issuers', () => {
  it('S1.11: tokens of both issuers are accepted, each with its own issuer', async () => {
    await using world = await startWorld()
    const gate = world.gate()
    for (const { issuer, token } of [world.a, world.b]) {
      expect(await ask(gate, await token())).toMatchObject({
        outcome: 'allowed',
        token: { issuer, subject: 'alice' },
      })
    }
    expect(gate.metadata.authorization_servers).toEqual([world.a.issuer, world.b.issuer])
  })

  it('S1.11 RFC8725-1: a token that names one issuer and is signed by the other is refused', async () => {
    await using world = await startWorld()
    const gate = world.gate()
    await gate.ready()
    const forged = await world.b.signer.sign(world.a.claims(), AT_JWT)
    expect(await ask(gate, forged)).toMatchObject(refused('signature_invalid'))
    const other = await world.a.signer.sign(world.b.claims(), AT_JWT)
    expect(await ask(gate, other)).toMatchObject(refused('signature_invalid'))
  })

  it('S1.11: a token of a third issuer is refused without a call', async () => {
    await using world = await startWorld()
    const gate = world.gate({ introspection: CREDENTIALS })
    for (const iss of ['https://x.example', `${world.a.issuer}/`, `${world.b.issuer}-2`]) {
      const token = await world.a.token({ iss })
      expect(await ask(gate, token)).toMatchObject(refused('issuer_unknown'))
    }
    expect(await ask(gate, await world.a.token({ iss: [world.a.issuer] }))).toMatchObject(
      refused('issuer_unknown'),
    )
    expect(await ask(gate, await world.a.token({ iss: undefined }))).toMatchObject(
      refused('issuer_missing'),
    )
    expect(world.a.server.count() + world.b.server.count()).toBe(0)
  })

  it('RFC9068-1: each issuer has its own profile', async () => {
    await using world = await startWorld()
    const gate = world.gate({}, { profile: keycloakProfile })
    const changes = { typ: 'Bearer' }
    const header = { typ: 'JWT' }
    expect(await ask(gate, await world.b.token(changes, header))).toMatchObject(allowed)
    expect(await ask(gate, await world.a.token(changes, header))).toMatchObject(
      refused('token_type_refused'),
    )
    expect(await ask(gate, await world.b.token())).toMatchObject(refused('token_type_refused'))
  })

  it('RFC8725-1: each issuer has its own algorithms', async () => {
    await using world = await startWorld()
    const gate = world.gate({ algorithms: ['RS256', 'ES256'] }, { algorithms: ['RS256'] })
    expect(await ask(gate, await world.a.token())).toMatchObject(allowed)
    expect(await ask(gate, await world.b.token())).toMatchObject(refused('algorithm_refused'))
  })

  it('RFC8707-1: each issuer has its own additional audiences', async () => {
    await using world = await startWorld()
    const gate = world.gate(
      { additionalAudiences: ['client-at-a'] },
      { additionalAudiences: ['client-at-b'] },
    )
    expect(await ask(gate, await world.a.token({ aud: 'client-at-a' }))).toMatchObject(allowed)
    expect(await ask(gate, await world.b.token({ aud: 'client-at-b' }))).toMatchObject(allowed)
    for (const token of [
      await world.a.token({ aud: 'client-at-b' }),
      await world.b.token({ aud: 'client-at-a' }),
    ]) {
      expect(await ask(gate, token)).toMatchObject(refused('audience_mismatch'))
    }
  })

  it('RFC7662-3: an outage of one issuer does not affect the tokens of the other', async () => {
    await using world = await startWorld()
    const gate = world.gate()
    await world.a.server.stop()
    expect(await ask(gate, await world.a.token())).toEqual(unavailable('discovery_failed'))
    expect(await ask(gate, await world.b.token())).toMatchObject(allowed)
    await expect(gate.ready()).rejects.toMatchObject({ reason: 'discovery_failed' })
  })
})

describe('opaque tokens among two issuers', () => {
  it('are sent to the issuer that has introspection, with its credentials', async () => {
    await using world = await startWorld()
    world.b.introspection.answers(world.b.active())
    const gate = world.gate({}, { introspection: CREDENTIALS })
    expect(await ask(gate, 'opaque')).toMatchObject({
      outcome: 'allowed',
      token: { issuer: world.b.issuer },
    })
    expect(world.a.server.count()).toBe(0)
  })

  it('S1.8: are sent to the issuer with opaqueTokens, and JWTs to their own issuer', async () => {
    await using world = await startWorld()
    const mine = { clientId: 'at-a', clientSecret: 'secret-at-a', opaqueTokens: false }
    const gate = world.gate({ introspection: mine }, { introspection: CREDENTIALS })
    world.a.introspection.answers(world.a.active({ jti: undefined }))
    world.b.introspection.answers(world.b.active({ jti: undefined }))
    expect(await ask(gate, 'opaque')).toMatchObject({ token: { issuer: world.b.issuer } })
    expect(world.a.introspection.count()).toBe(0)
    expect(await ask(gate, await world.a.token())).toMatchObject(allowed)
    expect(world.a.introspection.count()).toBe(1)
    expect(world.b.introspection.count()).toBe(1)
    const [seen] = world.a.introspection.received()
    expect(seen?.authorization).toBe(`Basic ${Buffer.from('at-a:secret-at-a').toString('base64')}`)
  })

  it('are refused when no issuer has opaqueTokens', async () => {
    await using world = await startWorld()
    const introspection = { ...CREDENTIALS, opaqueTokens: false }
    const gate = world.gate({ introspection }, { introspection })
    expect(await ask(gate, 'opaque')).toMatchObject(refused('token_opaque'))
    expect(world.a.server.count() + world.b.server.count()).toBe(0)
  })

  it('are refused by a single issuer with opaqueTokens false', async ({ issuer }) => {
    issuer.introspection.answers(issuer.active())
    const introspection = { ...CREDENTIALS, opaqueTokens: false }
    for (const verification of ['hybrid', 'introspection'] as const) {
      const gate = issuer.gate({ introspection, verification })
      expect(await ask(gate, 'opaque')).toMatchObject(refused('token_opaque'))
    }
    expect(issuer.server.count()).toBe(0)
  })

  it('throw at start-up when both issuers have opaqueTokens', async () => {
    await using world = await startWorld()
    const introspection = CREDENTIALS
    expect(() => world.gate({ introspection }, { introspection })).toThrow(
      /authorizationServer\.1\.introspection\.opaqueTokens/,
    )
  })

  it('S1.11: an answer that names the other issuer is refused', async () => {
    await using world = await startWorld()
    world.b.introspection.answers(world.a.active())
    const gate = world.gate({}, { introspection: CREDENTIALS })
    expect(await ask(gate, 'opaque')).toMatchObject(refused('issuer_unknown'))
  })

  it('S1.11: a JWT of one issuer, spoilt or not, is never sent to the other’s introspection', async () => {
    await using world = await startWorld()
    world.b.introspection.answers(world.b.active())
    const gate = world.gate({}, { introspection: CREDENTIALS })
    const good = await world.a.token()
    for (const token of [good, `${good}x`, `${good}.`, good.slice(0, -20), `${good}=`]) {
      await ask(gate, token)
    }
    expect(world.b.introspection.count()).toBe(0)
  })
})
