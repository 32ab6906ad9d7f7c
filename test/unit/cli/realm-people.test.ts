import { describe, expect, it } from 'vitest'
import { CliError, realmCommand } from '../../../src/cli/realm-command.ts'

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
  let [out, err] = ['', '']
  realmCommand(
    ['--resource', 'https://mcp.example.com/mcp', ...args],
    (text) => {
      out += text
    },
    (text) => {
      err += text
    },
  )
  return { realm: JSON.parse(out), out, err }
}

describe('roles and users on the command line', () => {
  it('--role makes realm roles', () => {
    const { realm } = write('--role', 'mcp-admin', '--role', 'auditor')
    expect(realm.roles.realm.map(({ name }) => name)).toEqual(['mcp-admin', 'auditor'])
  })

  it('--user makes a user, with the roles that are named, each of them made', () => {
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
    expect(realm.roles.realm.map(({ name }) => name)).toEqual(['mcp:admin', 'auditor'])
  })

  it('S1.7: passwords are generated, stand in the file, and are told nowhere else', () => {
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
