import { describe, expect, it } from 'vitest'
import { challenge } from '../../../src/gate/challenge.ts'
import { cpuSecondsOf, LINEAR_SECONDS } from '../../support/cpu-time.ts'
import { METADATA_URL } from '../../support/tokens.ts'

/** RFC 9110 §11.2 and RFC 6750 §3, as strictly as a client could read it. */
const GRAMMAR =
  /^Bearer [a-z_]+="[\x20-\x21\x23-\x5b\x5d-\x7e]*"(?:, [a-z_]+="[\x20-\x21\x23-\x5b\x5d-\x7e]*")*$/

describe('challenge', () => {
  it('S1.9 MCP-9: says everything in a fixed order', () => {
    expect(
      challenge({
        scheme: 'Bearer',
        resourceMetadata: METADATA_URL,
        scope: ['mcp:tools', 'mcp:write'],
        errorDescription: 'Why not.',
        error: 'insufficient_scope',
        realm: 'mcp',
      }),
    ).toBe(
      `Bearer realm="mcp", error="insufficient_scope", error_description="Why not.", scope="mcp:tools mcp:write", resource_metadata="${METADATA_URL}"`,
    )
  })

  it.each([
    ['realm', { realm: 'mcp' }, 'Bearer realm="mcp"'],
    ['error', { error: 'invalid_token' }, 'Bearer error="invalid_token"'],
    ['error_description', { errorDescription: 'No.' }, 'Bearer error_description="No."'],
    ['scope', { scope: ['a'] }, 'Bearer scope="a"'],
    ['resource_metadata', { resourceMetadata: 'b:a' }, 'Bearer resource_metadata="b:a"'],
  ] as const)('RFC6750-6: %s alone is enough', (_name, parameters, expected) => {
    expect(challenge({ scheme: 'Bearer', ...parameters })).toBe(expected)
  })

  it('RFC9449-3: a DPoP challenge names the algorithms', () => {
    expect(challenge({ scheme: 'DPoP', algs: ['ES256', 'EdDSA'], scope: ['a'] })).toBe(
      'DPoP scope="a", algs="ES256 EdDSA"',
    )
    expect(() => challenge({ scheme: 'Bearer', algs: ['ES256'] })).toThrow(
      new TypeError('challenge: `algs` belongs to the scheme DPoP (RFC 9449 §7.1)'),
    )
  })

  it.each([undefined, null, {}, { scheme: 'Basic' }, { scheme: 'bearer' }, { realm: 'mcp' }])(
    'RFC9449-4: a challenge without a known scheme is refused: %j',
    (parameters) => {
      expect(() => challenge(parameters as Parameters<typeof challenge>[0])).toThrow(
        new TypeError('challenge: `scheme` must be "Bearer" or "DPoP"'),
      )
    },
  )

  it.each([
    ['nothing', {}],
    ['an empty list of scopes', { scope: [] }],
    ['members that are undefined', { realm: undefined, error: undefined, scope: undefined }],
  ])('RFC6750-6: %s is too little', (_name, parameters) => {
    expect(() => challenge({ scheme: 'Bearer', ...parameters })).toThrow(
      new TypeError('challenge: a Bearer challenge needs at least one parameter'),
    )
  })

  it.each([
    ['a quote', 'a"b', 'a?b'],
    ['a quote and a parameter', '", error="none', '?, error=?none'],
    ['a backslash', 'a\\', 'a?'],
    ['an escaped quote', 'a\\"b', 'a??b'],
    ['CR LF and a header', 'a\r\nSet-Cookie: b=c', 'a??Set-Cookie: b=c'],
    ['CR alone', 'a\rb', 'a?b'],
    ['LF alone', 'a\nb', 'a?b'],
    ['NUL', 'a\0b', 'a?b'],
    ['a tab', 'a\tb', 'a?b'],
    ['DEL', 'a\u007fb', 'a?b'],
    ['a control character beyond ASCII', 'a\u0085b', 'a?b'],
    ['a letter beyond ASCII', 'größe', 'gr??e'],
    ['a character that ends in LF when cut to a byte', 'a\u010ab', 'a?b'],
    ['a line separator', 'a\u2028b', 'a?b'],
    ['half a character', 'a\ud800b', 'a?b'],
    ['all that is allowed', " !#$%&'()*+,-./09:;<=>?@AZ[]^_`az{|}~", undefined],
  ])('RFC6750-5: %s cannot break out of a value', (_name, value, expected = value) => {
    const text = challenge({
      scheme: 'Bearer',
      realm: value,
      error: value as 'invalid_token',
      errorDescription: value,
      resourceMetadata: value,
    })
    expect(text).toBe(
      `Bearer realm="${expected}", error="${expected}", error_description="${expected}", resource_metadata="${expected}"`,
    )
    expect(text).toMatch(GRAMMAR)
    expect(() => new Headers({ 'WWW-Authenticate': text })).not.toThrow()
  })

  it('RFC6750-5: every UTF-16 unit yields a line of the grammar', () => {
    for (let code = 0; code < 0x10000; code += 1) {
      const text = challenge({ scheme: 'Bearer', errorDescription: String.fromCharCode(code) })
      if (!GRAMMAR.test(text)) expect.fail(`U+${code.toString(16)}: ${text}`)
    }
  })

  it.each(['', ' ', 'a b', 'a"b', 'a\\b', 'a\tb', 'a\nb', 'a\r\nb', 'ä', 'a\u007f', 'a\0'])(
    'RFC6750-5: %j is no scope',
    (scope) => {
      expect(() => challenge({ scheme: 'Bearer', scope: ['mcp:tools', scope] })).toThrow(
        new TypeError(
          'challenge: `scope` contains a value that is not a scope-token (RFC 6749 §3.3)',
        ),
      )
    },
  )

  it('RFC6750-5: every scope-token is a scope', () => {
    const all = Array.from({ length: 0x7e - 0x21 + 1 }, (_, at) => String.fromCharCode(0x21 + at))
      .filter((character) => character !== '"' && character !== '\\')
      .join('')
    expect(challenge({ scheme: 'Bearer', scope: [all] })).toBe(`Bearer scope="${all}"`)
  })

  it('RFC6750-5 CVE-2026-35041: the pattern for scopes keeps no state', () => {
    for (let call = 0; call < 5; call += 1) {
      expect(challenge({ scheme: 'Bearer', scope: ['a', 'b'] })).toBe('Bearer scope="a b"')
    }
  })

  it('CVE-2026-35041: 100 KB of bad characters are replaced in linear time', async () => {
    const errorDescription = '"\\'.repeat(50_000)
    let text: string | undefined
    const work = () => {
      text = challenge({ scheme: 'Bearer', errorDescription })
    }
    expect(await cpuSecondsOf(work)).toBeLessThan(LINEAR_SECONDS)
    expect(text).toBe(`Bearer error_description="${'?'.repeat(100_000)}"`)
  })
})
