import { describe, expect, it } from 'vitest'
import { createInsideExaminations } from '../../../../src/doctor/inside/inside-examinations.ts'
import { ISSUER_FINDINGS } from '../../../../src/doctor/inside/issuer-catalogue.ts'
import { KEYCLOAK_FINDINGS } from '../../../../src/doctor/inside/keycloak-catalogue.ts'
import { TOKEN_FINDINGS } from '../../../../src/doctor/inside/token-catalogue.ts'
import { keycloak } from '../../../../src/keycloak/index.ts'
import { startTestIssuer } from '../../../../src/testing/index.ts'
import { KEYCLOAK_MISTAKES, MISTAKES } from './mistakes.ts'
import { codesOf, configurationOf, findingsOf, goodPatient } from './patient.ts'

describe('the doctor from inside', () => {
  it.each(['rfc9068', 'keycloak'] as const)(
    'finds nothing wrong with a good %s',
    async (profile) => {
      const patient = goodPatient(profile)
      patient.token = await patient.issuer.token({ scopes: ['mcp:tools'] })
      expect(await codesOf(patient)).toEqual([])
    },
  )

  it('finds nothing wrong with a lightweight token that introspection completes', async () => {
    const patient = goodPatient('keycloak')
    patient.token = await patient.issuer.token({ scopes: ['mcp:tools'], lightweight: true })
    expect(await codesOf(patient)).toEqual([])
  })

  it('finds nothing wrong with an opaque token', async () => {
    const patient = goodPatient('rfc9068')
    patient.token = patient.issuer.opaqueToken({ scopes: ['mcp:tools'] })
    expect(await codesOf(patient)).toEqual([])
  })

  it('calls clocks equal within the tolerance', async () => {
    const patient = goodPatient('rfc9068')
    const { issuer, clock } = patient
    const date = new Date(clock() - 4000).toUTCString()
    issuer.replaceAnswer('metadata', async (_, usual) => ({
      ...(await usual()),
      headers: { date },
    }))
    expect(await codesOf(patient)).toEqual([])
  })

  it('does not register a client without the permission (S1.10)', async () => {
    const patient = goodPatient('rfc9068')
    patient.issuer.changeMetadata({ registration_endpoint: 'https://issuer.test/register' })
    const findings = await findingsOf(configurationOf(patient))
    expect(findings.filter(({ code }) => code.startsWith('REGISTRATION'))).toEqual([])
    expect(patient.issuer.requestsTo('/register')).toEqual([])
  })

  it('finds nothing wrong if a registration is refused', async () => {
    const patient = goodPatient('rfc9068')
    patient.tryRegistration = true
    patient.issuer.changeMetadata({ registration_endpoint: 'https://issuer.test/register' })
    patient.issuer.replaceAnswer('/register', {
      status: 403,
      body: { error: 'insufficient_scope' },
    })
    expect(await codesOf(patient)).toEqual([])
    expect(patient.issuer.requestsTo('/register')).toHaveLength(1)
  })

  it('sends the token for deleting its trial client nowhere else', async () => {
    const patient = goodPatient('rfc9068')
    const { issuer } = patient
    issuer.changeMetadata({ registration_endpoint: 'https://issuer.test/register' })
    issuer.replaceAnswer('/register', {
      status: 201,
      body: {
        client_id: 'stranger',
        registration_client_uri: 'https://elsewhere.test/stranger',
        registration_access_token: 'a-registration-token',
      },
    })
    patient.tryRegistration = true
    const called: string[] = []
    const fetch: typeof globalThis.fetch = (input, init) => {
      called.push(String(input))
      return issuer.fetch(input, init)
    }
    patient.options = { http: { fetch } }
    expect(await codesOf(patient)).toEqual(['STRANGER_REGISTERED', 'STRANGER_NOT_DELETED'])
    expect(called.filter((url) => !url.startsWith('https://issuer.test/'))).toEqual([])
  })

  it.each(MISTAKES)('%s', async (_, make, codes) => {
    const patient = goodPatient('rfc9068')
    await make(patient)
    expect(await codesOf(patient)).toEqual(codes)
  })

  it.each(KEYCLOAK_MISTAKES)('Keycloak: %s', async (_, make, codes) => {
    const patient = goodPatient('keycloak')
    await make(patient)
    expect(await codesOf(patient)).toEqual(codes)
  })

  it('Keycloak: the host of the request is the name of the issuer', async () => {
    await using issuer = await startTestIssuer({
      profile: 'keycloak',
      issuer: 'https://x/realms/a',
    })
    issuer.replaceAnswer('token', { status: 401, body: { error: 'unauthorized_client' } })
    issuer.replaceAnswer('metadata', async ({ headers }, usual) => {
      const { issuer: _, ...members } = (await usual()).body as Record<string, unknown>
      return { body: { ...members, issuer: `http://${headers.host}/realms/a` } }
    })
    const options = {
      resource: issuer.resource,
      authorizationServer: issuer.authorizationServer(),
    }
    const findings = await findingsOf({ options })
    const faults = findings.filter(({ severity }) => severity !== 'good')
    expect(faults.map(({ code }) => code)).toEqual(['KEYCLOAK_HOSTNAME_NOT_FIXED'])
  })

  it('Keycloak: the realm is master', async () => {
    const findings = await findingsOf({
      options: {
        resource: 'https://mcp.example.com/mcp',
        authorizationServer: keycloak('https://issuer.test/realms/master', {
          clientId: 'mcp',
          clientSecret: 'secret-of-mcp',
        }),
        http: {
          fetch: async (url) =>
            String(url).endsWith('/.well-known/openid-configuration')
              ? Response.json({ issuer: 'https://issuer.test/realms/master' })
              : new Response('', { status: 404 }),
        },
      },
    })
    expect(findings.map(({ code }) => code)).toContain('KEYCLOAK_MASTER_REALM')
  })

  it('proves every code', () => {
    const proven = new Set([...MISTAKES, ...KEYCLOAK_MISTAKES].flatMap(([, , codes]) => codes))
    // These have tests of their own, above.
    const alone = ['KEYCLOAK_HOSTNAME_NOT_FIXED', 'KEYCLOAK_MASTER_REALM']
    const all = [ISSUER_FINDINGS, TOKEN_FINDINGS, KEYCLOAK_FINDINGS].flatMap(Object.keys)
    expect(all.filter((code) => !(proven as ReadonlySet<string>).has(code)).sort()).toEqual(alone)
  })

  it('never prints a token or a secret (S1.7)', async () => {
    for (const [profile, mistakes] of [
      ['rfc9068', MISTAKES],
      ['keycloak', KEYCLOAK_MISTAKES],
    ] as const) {
      for (const [what, make] of mistakes) {
        const patient = goodPatient(profile)
        // A hostile server repeats what it is sent.
        patient.issuer.replaceAnswer('introspection', ({ body, headers }) => ({
          status: 400,
          body: { error: `${body} ${headers.authorization}` },
        }))
        await make(patient)
        const printed = JSON.stringify(await findingsOf(configurationOf(patient)))
        const { token = 'no-token-given', issuer } = patient
        for (const secret of [issuer.client.clientSecret, token, token.split('.').at(-1) ?? '']) {
          if (secret.length >= 8) expect(printed, what).not.toContain(secret)
        }
      }
    }
  })

  it('names the option that is wrong', () => {
    const options = { resource: 'no url', authorizationServer: 'https://issuer.test' }
    expect(() => createInsideExaminations({ options })).toThrow(/resource/)
  })
})
