import { describe, expect, it } from 'vitest'
import { farthestOf, zoneOf } from '../../../../src/doctor/outside/address-zone.ts'
import { readChallenges } from '../../../../src/doctor/outside/challenges.ts'
import { isParentOf, urlDifferences } from '../../../../src/doctor/outside/url-differences.ts'
import { cpuSecondsOf, LINEAR_SECONDS } from '../../../support/cpu-time.ts'

describe('the zone of an address', () => {
  it.each([
    ['public', ['8.8.8.8', '2001:4860:4860::8888', '172.32.0.1', '100.128.0.1']],
    ['loopback', ['127.0.0.1', '127.255.255.254', '::1', '::ffff:127.0.0.1']],
    ['private', ['10.0.0.1', '172.16.0.1', '172.31.255.255', '192.168.1.1', '100.64.0.1']],
    ['private', ['fd00::1', '::ffff:10.0.0.1']],
    ['reserved', ['169.254.169.254', '0.0.0.0', '224.0.0.1', '255.255.255.255', '::', 'fe80::1']],
    ['reserved', ['ff02::1', '::ffff:169.254.169.254', '64:ff9b::a9fe:a9fe', '2002:7f00:1::']],
    ['reserved', ['', 'localhost', '127.1', '999.0.0.1']],
  ] as const)('%s: %j', (zone, addresses) => {
    for (const address of addresses) expect(zoneOf(address), address).toBe(zone)
  })

  it('of a host with several addresses is the one that reaches least', () => {
    expect(farthestOf(['loopback', 'public'])).toBe('public')
    expect(farthestOf(['loopback', 'private'])).toBe('private')
    expect(farthestOf([])).toBe('reserved')
  })
})

describe('the difference of two URLs', () => {
  const url = 'https://mcp.example.com/mcp'
  it.each([
    [url, undefined],
    [`${url}/`, 'a slash at the end'],
    ['http://mcp.example.com/mcp', 'the scheme (http or https)'],
    ['https://mcp.example.com:443/mcp', 'a standard port that is written out'],
    ['https://mcp.example.com:8443/mcp', 'the port'],
    ['https://MCP.example.com/mcp', 'upper and lower case of the host'],
    ['https://mcp.example.org/mcp', 'the host'],
    ['https://mcp.example.com/MCP', 'upper and lower case of the path'],
    ['https://mcp.example.com/other', 'the path'],
    ['HTTPS://mcp.example.com/mcp', 'upper and lower case of the scheme'],
    ['http://mcp.example.org/other', 'the scheme (http or https), the host, the path'],
    ['nonsense', 'everything'],
    ['', 'everything'],
  ])('%s: %s', (other, difference) => {
    expect(urlDifferences(url, other)).toBe(difference)
    expect(urlDifferences(other, url)).toBe(difference)
  })

  it('is none in the slash of an empty path', () => {
    expect(urlDifferences('https://mcp.example.com', 'https://mcp.example.com/')).toBeUndefined()
  })

  it.each([
    ['https://mcp.example.com', true],
    ['https://mcp.example.com/', true],
    ['https://mcp.example.co', false],
    ['https://', false],
    ['', false],
    [url, false],
    [`${url}/`, false],
  ])('%s is a parent: %s', (parent, is) => {
    expect(isParentOf(parent, url)).toBe(is)
  })
})

describe('challenges', () => {
  const read = (field: string) =>
    readChallenges(field).map(({ scheme, parameters }) => [scheme, Object.fromEntries(parameters)])

  it.each([
    ['Bearer', [['bearer', {}]]],
    ['Bearer scope="a b", realm=x', [['bearer', { scope: 'a b', realm: 'x' }]]],
    [
      'DPoP algs="ES256", bEaReR ERROR="in\\"valid"',
      [
        ['dpop', { algs: 'ES256' }],
        ['bearer', { error: 'in"valid' }],
      ],
    ],
    ['Basic realm="a, Bearer b"', [['basic', { realm: 'a, Bearer b' }]]],
    ['', []],
    [',,"', []],
  ])('%s', (field, expected) => {
    expect(read(field)).toEqual(expected)
  })

  it('are read in linear time, whatever they are', async () => {
    for (const piece of ['a="', 'a=b,', '"\\', 'a ', '= ', ', ']) {
      const text = piece.repeat(8000)
      expect(await cpuSecondsOf(() => readChallenges(text))).toBeLessThan(LINEAR_SECONDS)
    }
  })
})
