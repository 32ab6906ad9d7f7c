import { afterEach, describe, expect, it, vi } from 'vitest'
import { keycloak, keycloakWarnings } from '../../../src/keycloak/index.ts'

const REALM = 'https://sso.example.com/realms/acme'
const CLIENT = { clientId: 'https://mcp.example.com/mcp', clientSecret: 'a-secret-of-ours' }

afterEach(() => vi.restoreAllMocks())

/** The codes of the warnings that a call gives. */
function warningsOf(...parameters: Parameters<typeof keycloak>): unknown[] {
  const emit = vi.spyOn(process, 'emitWarning').mockImplementation(() => {})
  keycloak(...parameters)
  return emit.mock.calls.map(([, options]) => (options as { code: string }).code)
}

describe('keycloakWarnings()', () => {
  it('has no warning for a good set-up', () => {
    expect(warningsOf(REALM, CLIENT)).toEqual([])
    expect(warningsOf(REALM, { verification: 'jwt' })).toEqual([])
  })

  it.each([
    ['S1.11: the realm that administers Keycloak', 'https://sso.example.com/realms/master', CLIENT],
    ['S1.8: a client that every realm has', REALM, { ...CLIENT, clientId: 'admin-cli' }],
    ['an ended session that nothing notices', REALM, {}],
    ['the same by choice of confirm', REALM, { ...CLIENT, confirm: 'never' }],
  ] as const)('%s', (_what, realm, options) => {
    expect(warningsOf(realm, options)).toHaveLength(1)
  })

  it.each([
    ['logout tokens', { backchannelLogout: 'mcp-client' }],
    ['security events', { securityEvents: { audience: 'mcp', authorization: 'a'.repeat(32) } }],
  ])('BCL-1, SET-1: does not say that ended sessions are missed with %s', (_what, source) => {
    vi.spyOn(process, 'emitWarning').mockImplementation(() => {})
    const messages = [{ ...source }, { ...CLIENT, ...source, confirm: 'never' } as const]
      .flatMap((options) => keycloakWarnings(keycloak(REALM, options)))
      .map(({ message }) => message)
    expect(messages).toHaveLength(2)
    for (const message of messages) {
      expect(message).toContain(
        'such as a disabled account, is noticed only when the token expires',
      )
      expect(message).not.toContain('ended session')
    }
  })

  it('says that an ended session is missed without any message of Keycloak', () => {
    vi.spyOn(process, 'emitWarning').mockImplementation(() => {})
    const options = keycloak(REALM, { notBefore: true })
    const [warning] = keycloakWarnings(options)
    expect(warning?.message).toContain('an ended session is noticed only when the token expires')
  })

  it('S1.7: shows no secret in a warning', () => {
    const emit = vi.spyOn(process, 'emitWarning').mockImplementation(() => {})
    const options = keycloak('https://sso.example.com/realms/master', {
      ...CLIENT,
      confirm: 'never',
    })
    expect(keycloakWarnings(options).map(({ code }) => code)).toEqual([
      'KEYCLOAK_MASTER_REALM',
      'KEYCLOAK_NEVER_CONFIRMED',
    ])
    expect(JSON.stringify(emit.mock.calls)).not.toContain(CLIENT.clientSecret)
  })
})
