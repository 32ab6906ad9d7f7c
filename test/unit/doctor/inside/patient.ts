import { examineAll } from '../../../../src/doctor/examination.ts'
import type { Finding } from '../../../../src/doctor/finding.ts'
import {
  createInsideExaminations,
  type InsideConfiguration,
} from '../../../../src/doctor/inside/inside-examinations.ts'
import type { AuthorizationServerOptions, ResourceServerOptions } from '../../../../src/index.ts'
import {
  createTestClock,
  createTestIssuer,
  type TestClock,
  type TestIssuer,
} from '../../../../src/testing/index.ts'

/** An issuer in memory, and the configuration of a server that trusts it. */
export interface Patient {
  readonly issuer: TestIssuer
  readonly clock: TestClock
  /** Changes options of the server. */
  options: Partial<ResourceServerOptions>
  /** Changes options of the authorization server. */
  server: Partial<AuthorizationServerOptions>
  token: string | undefined
  tryRegistration: boolean
  /** The limit of a call in seconds, for an authorization server that does not answer. */
  timeout?: number
}

/** An issuer with nothing wrong. A realm of Keycloak has the built-in scopes. */
export function goodPatient(profile: 'rfc9068' | 'keycloak'): Patient {
  const clock = createTestClock()
  const path = profile === 'keycloak' ? '/realms/acme' : ''
  const issuer = createTestIssuer({ profile, clock, issuer: `https://issuer.test${path}` })
  if (profile === 'keycloak') {
    issuer.changeMetadata({ scopes_supported: ['openid', 'basic', 'roles', 'mcp:tools'] })
  }
  // Usually the client of a resource server may not get tokens.
  issuer.replaceAnswer('token', { status: 401, body: { error: 'unauthorized_client' } })
  return { issuer, clock, options: {}, server: {}, token: undefined, tryRegistration: false }
}

export function configurationOf(patient: Patient): InsideConfiguration {
  const { issuer, clock, options, server, token, tryRegistration, timeout } = patient
  return {
    options: {
      resource: issuer.resource,
      authorizationServer: issuer.authorizationServer(server),
      requiredScopes: ['mcp:tools'],
      clock,
      http: { fetch: issuer.fetch, ...(timeout && { timeout }) },
      ...options,
    },
    token,
    tryRegistration,
  }
}

export async function findingsOf(configuration: InsideConfiguration): Promise<readonly Finding[]> {
  const { examinations, close } = createInsideExaminations(configuration)
  try {
    return await examineAll(examinations, {
      progress: () => {},
      signal: new AbortController().signal,
      redact: (text) => text,
    })
  } finally {
    await close()
  }
}

/** The codes of the findings that are not good. */
export async function codesOf(patient: Patient): Promise<readonly string[]> {
  const findings = await findingsOf(configurationOf(patient))
  return findings.filter(({ severity }) => severity !== 'good').map(({ code }) => code)
}
