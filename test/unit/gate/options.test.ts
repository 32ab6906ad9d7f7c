import { describe, expect, it } from 'vitest'
import { bearer, type Overrides, signToken, testResourceServer } from '../../support/tokens.ts'

const APP = 'https://app.example.com'

const made = (options: object) => testResourceServer(options as Overrides)

describe('allowedOrigins', () => {
  const make = (allowedOrigins: unknown) => () => made({ allowedOrigins })

  it.each([
    [[]],
    [['https://app.example.com', 'http://localhost:6274', 'http://[::1]:8080']],
    [['vscode-webview://abc', 'chrome-extension://abcdef', 'web+https://app']],
    ['*'],
  ])('MCP-19: takes %j', (value) => {
    expect(make(value)).not.toThrow()
  })

  it.each([
    ['the text of one origin', APP],
    ['true', true],
    ['null', null],
    ['an object', {}],
    ['a list with `*`', ['*']],
    ['a list with "null", which many pages are', ['null']],
    ['a number', [5]],
    ['an empty text', ['']],
    ['a host', ['app.example.com']],
    ['a path', ['https://app.example.com/']],
    ['a query', ['https://app.example.com?x']],
    ['a fragment', ['https://app.example.com#x']],
    ['a blank', ['https://app.example.com ']],
    ['a line end', ['https://app.example.com\r\nX: y']],
    ['an upper-case scheme', ['HTTPS://app.example.com']],
  ])('MCP-19: does not take %s', (_name, value) => {
    expect(make(value)).toThrow(TypeError)
    expect(make(value)).toThrow('createResourceServer: option `allowedOrigins')
  })

  // Browsers never send these, so they would allow nobody, without a word.
  it.each([
    ['an upper-case host', 'https://APP.example.com'],
    ['a default port', 'https://app.example.com:443'],
    ['a default port of http', 'http://localhost:80'],
    ['a user', 'https://user@app.example.com'],
    ['a pattern', 'https://*.example.com'],
    ['a default port, zeros before it', 'https://app.example.com:0443'],
    ['a password', 'https://a:b@app.example.com'],
    ['a user of another scheme', 'app://user@host'],
    ['a pattern of another scheme', 'chrome-extension://*'],
    ['a path of another scheme', 'vscode-webview://abc/index'],
    ['an upper-case scheme of another kind', 'Chrome-Extension://abc'],
    ['two slashes and nothing', 'https://'],
    ['a wildcard port', 'http://localhost:*'],
    ['an escape in a host', 'https://ex%61mple.com'],
    ['a full stop at the end of a path', 'https://app.example.com/.'],
    ['a number for an address', 'http://2130706433'],
    ['no number for a port', 'https://app.example.com:port'],
    ['a host that is not ASCII', 'https://bücher.example'],
  ])('MCP-19: does not take what no browser sends: %s', (_name, value) => {
    expect(make([value])).toThrow(TypeError)
  })
})

/** What these options throw; the message has to name the one that is wrong. */
function expectWrong(options: object, name: string): void {
  expect(() => made(options), JSON.stringify(options)).toThrow(TypeError)
  expect(() => made(options)).toThrow(`createResourceServer: option \`${name}\` `)
}

const amount = ['5', null, Number.NaN, Infinity, -1, true, {}]

describe('streamGrace', () => {
  it('MCP-26: takes false and a number of seconds, and nothing else', () => {
    for (const streamGrace of [false, 0, 0.5, 30, 31_536_000]) {
      expect(() => made({ streamGrace })).not.toThrow()
    }
    for (const streamGrace of [...amount, 31_536_001]) expectWrong({ streamGrace }, 'streamGrace')
  })
})

describe('challengeIncludesGranted', () => {
  it('MCP-10: takes its two values, and nothing else', () => {
    for (const challengeIncludesGranted of [true, false]) {
      expect(() => made({ challengeIncludesGranted })).not.toThrow()
    }
    for (const challengeIncludesGranted of ['', 'required', null, 5, [], {}]) {
      expectWrong({ challengeIncludesGranted }, 'challengeIncludesGranted')
    }
  })
})

describe('realm', () => {
  it.each(['mcp', 'The realm of Acme'])('S1.9: takes %j', (realm) => {
    expect(() => made({ realm })).not.toThrow()
  })

  it.each(['', 'a"b', '"ab', 'ab"', 'a\\b', 'ab\n', '\tab', 'é'])(
    'S1.9: does not take %j',
    (realm) => {
      expectWrong({ realm }, 'realm')
    },
  )
})

it.each<[object, string]>([
  [{ allowedOrigins: [5] }, 'must hold origins; got 5'],
  [{ allowedOrigins: ['a/'] }, 'must hold origins as browsers send them, such as https://app'],
  [{ allowedOrigins: 5 }, 'must be "*" or a list of origins'],
  [{ streamGrace: 'x' }, 'must be false or a number of seconds'],
  [{ streamGrace: -1 }, 'must be a number of seconds from 0 to 31536000; got -1'],
  [{ realm: 5 }, 'must be a string'],
  [{ realm: '"' }, 'must be printable ASCII without quotes'],
  [{ revocation: 5 }, 'must be a function or an object'],
])('says what an option must be: %j', (options, message) => {
  expect(() => made(options)).toThrow(message)
})

it('demands no scope of a request unless it is told to', async () => {
  const server = made({ requiredScopes: undefined })
  const token = await signToken({ claims: { scope: undefined } })
  expect(await server.authenticate(bearer(token))).toMatchObject({ outcome: 'allowed' })
})
