import { describe, expect, it } from 'vitest'
import { runCommandLine } from '../../../src/cli/command-line.ts'
import { captured } from './captured.ts'

function run(...args: string[]): { code: number; out: string; err: string } {
  const { result, ...printed } = captured((print, complain) =>
    runCommandLine(args, {
      print,
      complain,
      environment: {},
      input: process.stdin,
      isTerminal: false,
    }),
  )
  return { code: result as number, ...printed }
}

const RESOURCE = ['--resource', 'https://mcp.example.com/mcp']

describe('mcp-resource-server realm', () => {
  it.each([
    ['--scopes', "Unknown option '--scopes': did you mean --scope?"],
    ['--redirect-url', "Unknown option '--redirect-url': did you mean --redirect-uri?"],
    ['--xyz', "Unknown option '--xyz'\n"],
  ])('names the option that was probably meant by %s', (flag, message) => {
    const { code, err } = run('realm', ...RESOURCE, flag, 'a')
    expect(code).toBe(2)
    expect(err).toContain(message)
  })

  it('names no option that the command line does not have', () => {
    const { code, err } = run('realm', '--resource', 'http://mcp.example.com/mcp')
    expect(code).toBe(2)
    expect(err).toContain('--resource is plain http and not on loopback; use https; got "http:')
  })

  it('writes a realm, and nothing else, to standard output', () => {
    const { code, out, err } = run(
      'realm',
      ...RESOURCE,
      ...['--realm', 'acme', '--scope', 'mcp:tools', '--scope', 'mcp:read'],
      ...['--optional-scope', 'mcp:write', '--trusted-host', 'a.example'],
      ...['--server-client', 'mcp-one', '--redirect-uri', 'https://a.example/cb'],
    )
    expect(code).toBe(0)
    const realm = JSON.parse(out)
    expect(realm).toMatchObject({ realm: 'acme', enabled: true })
    // No client gets them but the recipe's own.
    expect(realm.defaultDefaultClientScopes).toEqual([])
    expect(realm.defaultOptionalClientScopes).toEqual(['offline_access'])
    const scopes = ['mcp:tools', 'mcp:read', 'mcp:write']
    expect(realm.clients[1].optionalClientScopes).toEqual(expect.arrayContaining(scopes))
    expect(realm.clients).toMatchObject([
      { clientId: 'mcp-one' },
      { clientId: 'mcp-client', redirectUris: ['https://a.example/cb'] },
      { clientId: 'mcp-service' },
    ])
    expect(out).toContain('a.example')
    expect(err).toBe('Secrets were generated for: mcp-one, mcp-service\n')
  })

  it('gives the service a refresh token, so that it can send `resource`', () => {
    const { clients } = JSON.parse(run('realm', ...RESOURCE).out)
    expect(clients).toContainEqual(
      expect.objectContaining({
        clientId: 'mcp-service',
        attributes: expect.objectContaining({ 'client_credentials.use_refresh_token': 'true' }),
      }),
    )
  })

  it.each([
    [[], 'true'],
    [['--any-sender'], 'false'],
  ])('S1.10: sets whether the sender of a registration is checked: %j', (more, matters) => {
    const { out } = run('realm', ...RESOURCE, '--trusted-host', 'a.example', ...more)
    const policies: { providerId: string; config: unknown }[] = Object.values(
      JSON.parse(out).components,
    ).flat() as never
    expect(policies.find(({ providerId }) => providerId === 'trusted-hosts')?.config).toEqual({
      'trusted-hosts': ['a.example'],
      'host-sending-registration-request-must-match': [matters],
      'client-uris-must-match': ['true'],
    })
  })

  it('BCL-1 SSF-1: lets Keycloak tell the server what no longer counts', () => {
    const { out } = run(
      ...['realm', ...RESOURCE, '--server-url', 'https://inside.example/mcp'],
      ...['--backchannel-logout', '--security-events', '--not-before'],
    )
    const { attributes, clients } = JSON.parse(out)
    expect(attributes).toMatchObject({ 'ssf.transmitterEnabled': 'true' })
    const [server, ...others] = clients
    expect(server).toMatchObject({
      adminUrl: 'https://inside.example/mcp/keycloak',
      attributes: { 'ssf.validPushUrls': 'https://inside.example/mcp/security-events' },
    })
    for (const client of others) {
      expect(client.attributes['backchannel.logout.url']).toBe(
        'https://inside.example/mcp/backchannel-logout',
      )
    }
  })

  it('S1.7: writes no secret outside the file', () => {
    const { out, err } = run('realm', ...RESOURCE)
    for (const { secret } of JSON.parse(out).clients) {
      if (secret !== undefined) expect(err).not.toContain(secret)
    }
  })

  it('writes what an existing realm needs', () => {
    const { code, out } = run('realm', ...RESOURCE, '--partial')
    expect(code).toBe(0)
    expect(JSON.parse(out)).toMatchObject({ ifResourceExists: 'FAIL' })
  })

  it.each([
    [['--help'], 'realm    writes'],
    [['-h'], 'realm    writes'],
    [['realm', '--help'], '--resource <url>'],
  ])('prints the help or version: %j', (args, text) => {
    const { code, out, err } = run(...args)
    expect({ code, err }).toEqual({ code: 0, err: '' })
    expect(out).toContain(text)
  })

  it.each([
    [[], 'no command'],
    [['relm'], 'unknown command relm'],
    [['realm'], '--resource is missing'],
    [['realm', '--resource'], '--resource'],
    [['realm', '--resource', 'http://mcp.example.com'], '--resource is plain http'],
    [['realm', '--bogus'], '--bogus'],
    [['realm', ...RESOURCE, 'more'], 'more'],
    [['realm', ...RESOURCE, '--scope', 'a b'], '--scope must hold'],
    [['realm', ...RESOURCE, '--optional-scope', 'profile'], '--optional-scope contains'],
    [['realm', ...RESOURCE, '--partial', '--trusted-host', 'a'], '--trusted-host'],
    [
      ['realm', ...RESOURCE, '--server-url', 'https://a.example'],
      '--server-url needs --backchannel-logout, --security-events or --not-before',
    ],
    [
      ['realm', ...RESOURCE, '--not-before', '--server-url', 'http://a.example'],
      '--server-url is plain http',
    ],
    [['realm', ...RESOURCE, '--any-sender'], '--any-sender needs --trusted-host'],
    [
      ['realm', ...RESOURCE, '--resource-indicators', '--allow', 'offline-sessions'],
      '--allow offline-sessions needs --allow tokens-without-resource with --resource-indicators: ' +
        'Keycloak forgets `resource` when it refreshes an offline token\n',
    ],
    [
      ['realm', ...RESOURCE, '--trusted-host', 'a', '--document-host', 'b'],
      '--document-host cannot go with --trusted-host, unless --allow urls-of-registered-clients',
    ],
    [
      ['realm', ...RESOURCE, '--test-client', '--redirect-uri', 'http://a.example/cb'],
      '--redirect-uri must be https',
    ],
  ])('exits with 2 and names the error: %j', (args, text) => {
    const { code, out, err } = run(...args)
    expect({ code, out }).toEqual({ code: 2, out: '' })
    expect(err).toContain(text)
  })
})
