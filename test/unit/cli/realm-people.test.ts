import { afterEach, describe, expect, it, vi } from 'vitest'
import { CliError, realmCommand } from '../../../src/cli/realm-command.ts'
import { GIVEN_AWAY } from '../../../src/keycloak/realm-allowances.ts'
import { captured } from './captured.ts'

interface Written {
  readonly roles: { readonly realm: { name: string }[] }
  readonly clients: { clientId: string; secret?: string; directAccessGrantsEnabled: boolean }[]
  readonly users: {
    username: string
    email?: string
    realmRoles: string[]
    credentials?: { type: string; value: string }[]
  }[]
}

function write(...args: string[]): { realm: Written; out: string; err: string } {
  const all = ['--resource', 'https://mcp.example.com/mcp', ...args]
  const { out, err } = captured((print, warn) => realmCommand(all, print, warn))
  return { realm: JSON.parse(out), out, err }
}

describe('roles and users on the command line', () => {
  it('--role makes realm roles', () => {
    const { realm } = write('--role', 'mcp-admin', '--role', 'auditor')
    const names = realm.roles.realm.map(({ name }) => name)
    expect(names).toEqual(expect.arrayContaining(['mcp-admin', 'auditor']))
  })

  it('--user makes a user with the named roles, and makes the roles', () => {
    const { realm } = write(
      ...['--user', 'alice:mcp:admin', '--user', 'bob', '--user', 'alice:auditor'],
      ...['--user', 'alice:auditor', '--user', 'carol@example.com:auditor'],
    )
    const people = realm.users.filter(({ credentials }) => credentials !== undefined)
    expect(people).toMatchObject([
      { username: 'alice', realmRoles: ['default-roles-mcp', 'mcp:admin', 'auditor'] },
      { username: 'bob', realmRoles: ['default-roles-mcp'] },
      { username: 'carol@example.com', email: 'carol@example.com' },
    ])
    const names = realm.roles.realm.map(({ name }) => name)
    expect(names).toEqual(expect.arrayContaining(['mcp:admin', 'auditor']))
    expect(new Set(names).size).toBe(names.length)
  })

  it('S1.7: passwords are generated, and are written only to the file', () => {
    const { realm, err } = write('--user', 'alice', '--user', 'bob')
    const passwords = realm.users.flatMap(({ credentials = [] }) =>
      credentials.map(({ value }) => value),
    )
    expect(new Set(passwords).size).toBe(2)
    for (const password of passwords) {
      expect(password).toMatch(/^[0-9a-f]{64}$/)
      expect(err).not.toContain(password)
    }
    expect(err).toContain('Passwords were generated for: alice, bob\n')
  })

  it.each(['', ':admin', 'alice:'])('--user %j is refused', (user) => {
    expect(() => write('--user', user)).toThrow(CliError)
    expect(() => write('--user', user)).toThrow(/^--user must be a name, or a name and a role/)
  })
})

describe('--test-client', () => {
  const grantsPasswords = ({ realm }: { realm: Written }) =>
    realm.clients.filter((client) => client.directAccessGrantsEnabled)

  it('is the only client with the password grant, and has a secret', () => {
    const [client, ...others] = grantsPasswords(write('--test-client'))
    expect(client).toMatchObject({ clientId: 'mcp-test', secret: expect.stringMatching(/.{60}/) })
    expect(others).toEqual([])
    expect(grantsPasswords(write())).toEqual([])
  })

  it('leaves the other clients as they are', () => {
    const uri = 'https://app.example.com/callback'
    const ids = ({ realm }: { realm: Written }) => realm.clients.map(({ clientId }) => clientId)
    expect(ids(write('--test-client'))).toEqual([...ids(write()), 'mcp-test'])
    expect(write('--test-client', '--redirect-uri', uri).out).toContain(uri)
    expect(write('--redirect-uri', uri).out).toContain(uri)
  })
})

describe('--allow and other options that make a realm less strict', () => {
  afterEach(() => vi.restoreAllMocks())

  /** The codes of the warnings that a command gives. */
  function warningsOf(...args: string[]): unknown[] {
    const emit = vi.spyOn(process, 'emitWarning').mockImplementation(() => {})
    write(...args)
    return emit.mock.calls.map(([, options]) => (options as { code: string }).code)
  }

  it('are not set by default', () => {
    expect(warningsOf()).toEqual([])
    expect(warningsOf('--resource-indicators')).toEqual([])
  })

  it.each([
    [['--allow', 'device-grant'], ['KEYCLOAK_REALM_DEVICE_GRANT']],
    [
      ['--allow', 'any-password', '--allow', 'refresh-token-reuse'],
      ['KEYCLOAK_REALM_REFRESH_TOKEN_REUSE', 'KEYCLOAK_REALM_ANY_PASSWORD'],
    ],
    [['--tutorial'], ['KEYCLOAK_REALM_TUTORIAL']],
    [['--test-client'], ['KEYCLOAK_REALM_PASSWORD_GRANT']],
    [['--trusted-host', 'a.example'], ['KEYCLOAK_REALM_REGISTRATION']],
  ])('cause warnings: %j', (args, codes) => {
    expect(warningsOf(...args)).toEqual(codes)
  })

  it('have a value for each allowance of the recipe, and the help shows its effect', () => {
    const { out: help } = captured((print, warn) => realmCommand(['--help'], print, warn))
    for (const [name, gives] of Object.entries(GIVEN_AWAY)) {
      const flag = name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)
      expect(help).toContain(`${flag}: ${gives}\n`)
    }
    for (const word of ['deviceGrant', 'nothing', '', 'constructor']) {
      expect(() => write('--allow', word)).toThrow(
        /^--allow must be one of scopes-for-every-client/,
      )
    }
  })

  it('make the same realm as the library', () => {
    const { out } = write('--resource-indicators', '--document-host', 'a.example')
    expect(out).toContain('urn:mcp:no-resource')
    expect(out).toContain('client-id-metadata-document')
    expect(write().out).not.toMatch(/urn:mcp:no-resource|client-id-metadata-document/)
    const partial = write('--partial', '--existing-client', 'mcp-client', '--scope', 'mail:read')
    expect(partial.realm).toMatchObject({
      existingClients: ['mcp-client'],
      clients: [{ clientId: 'https://mcp.example.com/mcp' }],
    })
  })

  it.each([
    [['--existing-client', 'a'], '--existing-client needs --partial'],
    [['--partial', '--document-host', 'a.example'], '--document-host is for a new realm'],
    [['--server-client', 'mcp-server', '--resource-indicators'], '--server-client'],
  ])('are refused in the wrong combination: %j', (args, message) => {
    expect(() => write(...args)).toThrow(message)
  })
})
