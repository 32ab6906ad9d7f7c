import { describe, expect, it } from 'vitest'
import { parseStrictJson, parseStrictJsonObject } from '../../../src/jws/strict-json.ts'
import { cpuSecondsOf, LINEAR_SECONDS } from '../../support/cpu-time.ts'

describe('parseStrictJson', () => {
  it.each([
    '{}',
    '[]',
    'null',
    '"a:b"',
    '"\\":\\""',
    '{"a":{"a":{"a":1}}}',
    '[{"a":1},{"a":1}]',
    '{"a\\\\":1,"a":2}',
    '{"a\\\\\\"":":","b":"\\\\"}',
    '{"__proto__":1,"constructor":2}',
    '{"":1}',
    ' { "a" : "\\u003a" } ',
    '{"1":1,"01":2}',
  ])('RFC8725-1: reads %s as JSON.parse does, from text and from bytes', (text) => {
    expect(parseStrictJson(text)).toEqual(JSON.parse(text))
    expect(parseStrictJson(Buffer.from(text))).toEqual(JSON.parse(text))
  })

  it.each([
    '{"a":1,"a":1}',
    '{"a":1,"\\u0061":1}',
    '{"a":{"b":1,"b":2}}',
    '[[{"b":1,"b":2}]]',
    '{"a":{"x":1,"y":2},"a":{}}',
    '{"a":{},"a":{"x":1,"y":2}}',
    '{"a":":","a":"\\""}',
    '{"":1,"":2}',
    '{"__proto__":1,"__proto__":1}',
    '{"\\\\":1,"\\\\":2}',
    '{"😀":1,"\\ud83d\\ude00":2}',
  ])('CVE-2025-65945: refuses a member twice: %s', (text) => {
    expect(() => parseStrictJson(text)).toThrow(new SyntaxError('an object names a member twice'))
  })

  it.each([
    ['nothing', ''],
    ['a byte order mark', '\ufeff{}'],
    ['a single quote', "{'a':1}"],
    ['NaN', 'NaN'],
    ['a leading zero', '01'],
    ['a control character in a string', '"\u0001"'],
  ])('CVE-2025-65945: refuses %s', (_name, text) => {
    expect(() => parseStrictJson(text)).toThrow(new SyntaxError('not JSON in UTF-8'))
    expect(() => parseStrictJson(Buffer.from(text))).toThrow(new SyntaxError('not JSON in UTF-8'))
  })

  it.each([
    ['a lone byte', [0xff]],
    ['an overlong slash', [0x22, 0xc0, 0xaf, 0x22]],
    ['a surrogate', [0x22, 0xed, 0xa0, 0x80, 0x22]],
    ['half a character', [0x22, 0xc3, 0x22]],
    ['UTF-16', [...Buffer.from('{}', 'utf16le')]],
  ])('CVE-2025-65945: refuses bytes that are not UTF-8: %s', (_name, bytes) => {
    expect(() => parseStrictJson(new Uint8Array(bytes))).toThrow('not JSON in UTF-8')
  })

  it.each([65, 1000, 100_000])('RFC8725-1: refuses %i levels without running out', (depth) => {
    const lists = `${'['.repeat(depth + 1)}${']'.repeat(depth + 1)}`
    expect(() => parseStrictJson(lists)).toThrow(SyntaxError)
    const objects = `${'{"a":'.repeat(depth + 1)}{}${'}'.repeat(depth + 1)}`
    expect(() => parseStrictJson(objects)).toThrow(SyntaxError)
  })

  it('RFC8725-1: has a limit for the depth, 64 by default', () => {
    const deep = (depth: number) => `${'['.repeat(depth)}${']'.repeat(depth)}`
    expect(() => parseStrictJson(deep(65))).not.toThrow()
    expect(() => parseStrictJson(deep(66))).toThrow(new SyntaxError('nested too deeply'))
    expect(() => parseStrictJson(deep(66), 65)).not.toThrow()
    expect(() => parseStrictJson(deep(67), 65)).toThrow(new SyntaxError('nested too deeply'))
    expect(() => parseStrictJson('[[{"a":{}}]]', 3)).not.toThrow()
    expect(() => parseStrictJson('[[{"a":{}}]]', 2)).toThrow(new SyntaxError('nested too deeply'))
  })

  it('RFC8725-1: reads 60 levels', () => {
    expect(parseStrictJson(`${'['.repeat(60)}${']'.repeat(60)}`)).toBeInstanceOf(Array)
  })

  it.each(['[]', 'null', '1', '"a"', 'true'])('RFC7662-2: %s is no object', (text) => {
    expect(() => parseStrictJsonObject(text)).toThrow(new SyntaxError('not a JSON object'))
  })

  it('S1.7: errors quote nothing of the text', () => {
    for (const text of ['s3cr3t', '{"s3cr3t":1,"s3cr3t":2}', '["s3cr3t"']) {
      expect(() => parseStrictJson(text)).toThrow(/^(?!.*s3cr3t)/)
    }
  })

  // Each would take minutes if a character were looked at more than a few times.
  it.each([
    ['backslashes', `["${'\\\\'.repeat(50_000)}"]`],
    ['escaped quotes', `["${'\\"'.repeat(50_000)}"]`],
    ['backslashes before every quote', `["${'\\\\\\"'.repeat(25_000)}"]`],
    ['empty strings', `[${'"",'.repeat(30_000)}1]`],
    ['colons in a string', `["${':'.repeat(100_000)}"]`],
    ['an open string', `"${'a\\"'.repeat(30_000)}`],
  ])('CVE-2026-35041: 100 KB of %s are read in linear time', async (_name, text) => {
    const work = () => {
      try {
        parseStrictJson(text)
      } catch {}
    }
    expect(await cpuSecondsOf(work)).toBeLessThan(LINEAR_SECONDS)
  })
})
