import { describe, expect, it } from 'vitest'
import { expandsTo, fits, parseUriTemplate } from '../../../../src/mcp/resource-uri/uri-template.ts'

const matches = (template: string, uri: string) => expandsTo(parseUriTemplate(template), uri)

describe('a URI template (RFC 6570)', () => {
  it.each<[string, string, boolean]>([
    ['docs:///{id}', 'docs:///a', true],
    ['docs:///{id}', 'docs:///a.b~c-d_e%20f', true],
    ['docs:///{id}', 'docs:///', false],
    ['docs:///{id}', 'docs:///a/b', false],
    ['docs:///{id}', 'docs:///a/', false],
    ['docs:///{id}', 'docs:///a?b', false],
    ['docs:///{id}', 'docs:///a#b', false],
    ['docs:///{id}', 'docs:///a,b', false],
    ['docs:///{id}', 'docs:///a:b', false],
    ['docs:///{id}', "docs:///it's!(*)", true],
    ['docs:///{id}', 'docs:///100%', false],
    ['docs:///{id}', 'docs:///%2', false],
    ['docs:///{a}2F{b}', 'docs:///x%2Fy', false],
    ['docs:///{+path}', 'docs:///a,b:c@d', true],
    ['docs:///{+path}', 'docs:///a|b', false],
    ['docs:///{id}', 'xdocs:///a', false],
    ['docs:///{id}', 'DOCS:///a', false],
    ['docs:///{id}', '', false],
    ['{id}', 'a', true],
    ['{id}', '', false],
    ['docs:///{id}/text', 'docs:///a/text', true],
    ['docs:///{id}/text', 'docs:///a/texts', false],
    ['docs:///{id}/text', 'docs:////text', false],
    ['docs:///{id}/text', 'docs:///a/b/text', false],
    ['docs:///{a}/{b}', 'docs:///x/y', true],
    ['docs:///{a}/{b}', 'docs:///x', false],
    ['docs:///{a}/{b}', 'docs:///x/y/z', false],
    ['docs:///{a}.{b}', 'docs:///x.y.z', true],
    ['docs:///{a}{b}', 'docs:///xy', true],
    ['docs:///{a}{b}', 'docs:///x', false],
    ['docs:///{+path}', 'docs:///a', true],
    ['docs:///{+path}', 'docs:///a/b', true],
    ['docs:///{+path}', 'docs:///a/b?c', false],
    ['docs:///{+path}', 'docs:///a/b#d', false],
    ['docs:///{+path}?{q}#{f}', 'docs:///a/b?c#d', true],
    ['docs:///{+path}', 'docs:///', false],
    ['docs:///{+path}.md', 'docs:///a/b.md', true],
    ['docs:///{+path}.md', 'docs:///a.md/b.md', true],
    ['docs:///{+path}.md', 'docs:///.md', false],
    ['docs:///{+path}.md', 'docs:///a.mdx', false],
    ['docs:///{+a}/x/{b}', 'docs:///1/x/2/x/3', true],
    ['docs:///{+a}/x/{b}', 'docs:///1/x/2/3', false],
    ['docs:///{b}/x/{+a}', 'docs:///1/x/2/x/3', true],
    ['docs:///{b}/x/{+a}', 'docs:///1/2/x/3', false],
    ['docs:///{a.b}', 'docs:///x', true],
    ['docs:///{a_1}', 'docs:///x', true],
    // Special characters of regular expressions have no meaning here.
    ['docs:///a.c/{id}', 'docs:///abc/x', false],
    ['docs:///(a|b)/{id}', 'docs:///a/x', false],
    ['docs:///a*/{id}', 'docs:///aa/x', false],
    ['docs:///[a]\\d^$/{id}', 'docs:///[a]\\d^$/x', true],
    ['docs:///{id}', 'docs:///a\nb', false],
    ['docs:///{id}', 'docs:///\u{1f600}', false],
  ])('S1.6: %s can be expanded to %j: %j', (template, uri, expected) => {
    expect(matches(template, uri)).toBe(expected)
  })

  it.each([
    'docs:///{path*}',
    'docs:///{name:3}',
    'docs:///{#name}',
    'docs:///{.name}',
    'docs:///{/name}',
    'docs:///{;name}',
    'docs:///{?name}',
    'docs:///{&name}',
    'docs:///{=name}',
    'docs:///{,name}',
    'docs:///{!name}',
    'docs:///{@name}',
    'docs:///{|name}',
    'docs:///{++name}',
    'docs:///{a,b}',
    'docs:///{+a,b}',
    'docs:///{}',
    'docs:///{+}',
    'docs:///{ name }',
    'docs:///{na me}',
    'docs:///{na-me}',
    'docs:///{na%20me}',
    'docs:///{.}',
    'docs:///{a.}',
    'docs:///{a..b}',
    'docs:///{n\u00e4me}',
    'docs:///{name',
    'docs:///name}',
    'docs:///}name{',
    'docs:///{{name}}',
    'docs:///{a{b}}',
    'docs:///{name}/{',
  ])('S1.6: with other expressions or single braces is a TypeError: %s', (template) => {
    expect(() => parseUriTemplate(template)).toThrow(TypeError)
  })

  it.each<[string, string, boolean]>([
    ['docs:///{id}', 'docs:///a,b?c#d', true],
    ['docs:///{id}', 'docs:///a/b', false],
    ['docs:///{id}', 'docs:///', false],
    ['docs:///{+path}', 'docs:///a/b?c#d', true],
    ['docs:///{+path}', 'docs:///', false],
    ['docs:///{+path}/x', 'docs:///a/x/x', true],
    ['docs:///{a}/x', 'docs:///a\uffffx', true],
    ['docs:///{a}', 'docs:///a\uffffx', true],
  ])(
    'S1.6: matched as loosely as the SDKs do or looser, %s fits %j: %j',
    (template, uri, expected) => {
      expect(fits(parseUriTemplate(template), uri)).toBe(expected)
    },
  )
})

/**
 * A text that counts how often it is read, and throws above a limit, to stop a matcher that takes
 * exponential time.
 */
function counted(text: string, most: number) {
  let steps = 0
  const step = <T>(value: T): T => {
    steps += 1
    if (steps > most) throw new Error(`more than ${most} steps for ${text.length} characters`)
    return value
  }
  const watched: object = {
    get length() {
      return step(text.length)
    },
    startsWith: (other: string, at?: number) => step(text.startsWith(other, at)),
    endsWith: (other: string) => step(text.endsWith(other)),
    indexOf: (other: string, at?: number) => step(text.indexOf(other, at)),
    charCodeAt: (at: number) => step(text.charCodeAt(at)),
    replaceAll: () => watched,
  }
  return { text: watched as unknown as string, steps: () => steps }
}

const OPEN = [
  ['several reserved ones', '{+a}/{+b}/{+c}/{+d}/{+e}/x', '/'],
  ['reserved ones next to each other', '{+a}{+b}{+c}{+d}{+e}{+f}x', 'a'],
  ['several simple ones', '{a}b{c}b{d}b{e}b{f}x', 'b'],
  ['both kinds', 'a{+a}a{b}a{+c}a{d}a{+e}x', 'a'],
  ['simple ones next to each other', '{a}{b}{c}{d}{e}{f}x', 'a'],
] as const

/** The steps for a URI that matches everywhere but near its end. */
const stepsFor = (template: string, unit: string, length: number) => {
  const expressions = template.split('{').length
  // Each piece reads each position once or twice. A backtracking matcher would need millions of steps.
  const uri = counted(`${unit.repeat(length)}!/x`, length * expressions * 8)
  const matched = fits(parseUriTemplate(template), uri.text)
  return { matched, steps: uri.steps() }
}

describe('the time of matching', () => {
  it.each(OPEN)('S1.6: grows linearly with the length of the URI: %s', (_name, template, unit) => {
    const short = stepsFor(template, unit, 2048)
    const long = stepsFor(template, unit, 8191)
    expect(long.matched).toBe(short.matched)
    expect(short.steps).toBeGreaterThan(1000)
    expect(long.steps / short.steps).toBeLessThan(4.5)
  })
})
