import { words } from '../words.ts'

/** A number from 0 to 1, without 1. */
export type Random = () => number

/** Numbers that look random and are the same for the same seed (mulberry32). */
export function randomFrom(seed: number): Random {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

export const pick = <T>(random: Random, list: readonly T[]): T =>
  list[Math.floor(random() * list.length)] as T
export const times = <T>(count: number, make: () => T): T[] => Array.from({ length: count }, make)

const SCHEMES = words`docs docs docs notes https file x0x`
const HOSTS = ['', '', '', ...words`a b team x x0x localhost h.example`]
const WORDS = [
  ...words`a b team pay x x0x 0 3x3x caf%C3%A9 cafe%CC%81 A a.b a%2Fb a,b v1. c++`,
  'a b',
]
const EXPRESSIONS = words`{x} {y} {+p} {+q} {x0x} {a.b}`

/** A random URI template. */
export function template(random: Random): string {
  const authority = pick(random, ['//', '//', '//', '', '/'])
  const host =
    authority !== '//' ? '' : random() < 0.15 ? pick(random, EXPRESSIONS) : pick(random, HOSTS)
  const segment = () => {
    const fixed = random()
    if (fixed < 0.45) return pick(random, WORDS)
    if (fixed < 0.85) return pick(random, EXPRESSIONS)
    return pick(random, WORDS) + pick(random, EXPRESSIONS) + pick(random, ['', '.txt', ',b', 'x'])
  }
  const path = times(1 + Math.floor(random() * 3), segment).join('/')
  const query =
    random() < 0.15 ? pick(random, words`?q={x} ?q=a #a ?{+q} ?q=a/{+p} ?q={x}&r={y}`) : ''
  const slash = authority === '//' ? '/' : ''
  return `${pick(random, SCHEMES)}:${authority}${host}${slash}${path}${query}`
}

/** A URI that a template expands to. */
export const filled = (random: Random, text: string): string =>
  text.replace(/\{(\+?)[^{}]*\}/g, (_all, plus: string) =>
    times(1 + Math.floor(random() * (plus === '+' ? 3 : 1)), () =>
      pick(random, [...WORDS, 'pay', 'team']),
    ).join(plus === '+' ? '/' : ''),
  )

type Twist = (uri: string, random: Random) => string

const ENDINGS = [
  ...words`? # / ?q=a #a ?/ #/ . %20`,
  ' ',
  ...words`%3F %23 ,b %2C ?r=1&q=a ?q=b&q=a .%20 %2F \u00e9 ?q=a+b`,
]
const AUTHORITIES = [
  ...words`//x //x:1 //u@x //x. //a //A /`,
  '',
  ...words`//// //%61 //x%2F //:1 //team:9`,
]
const SLASHES = [
  ...words`%2F %2f // /./ /x/../ /%2e/`,
  '\\',
  ...words`%5C /a%2F..%2F ./ %20/ /.%20/`,
]
const MARKS = words`% , ; : @ ? # %2F %2e %00 x0x + =/ \u0301 { \uffff %EF%BF%BF | ! &q=a`

/** Changes of a URI by which somebody could hope to get around a rule. */
const TWISTS: readonly Twist[] = [
  (uri) => uri,
  (uri) => uri,
  (uri, random) => uri + pick(random, ENDINGS),
  (uri, random) => uri.replace('//', pick(random, AUTHORITIES)),
  (uri, random) =>
    uri.replace(/([a-z])(?=[^:]*$)/, (letter) => {
      const code = letter.charCodeAt(0).toString(16)
      return pick(random, [letter.toUpperCase(), `%${code}`, `%25${code}`])
    }),
  (uri, random) => uri.replace(/\/(?=[^/]*$)/, pick(random, SLASHES)),
  (uri, random) => uri.replace(/[^:]+/, pick(random, SCHEMES)),
  (uri, random) =>
    uri.replace(/caf%C3%A9|cafe%CC%81/g, () =>
      pick(random, words`caf%C3%A9 cafe%CC%81 caf\u00e9 CAF%C3%89`),
    ),
  (uri, random) => uri.replace(/x/g, () => pick(random, words`x x0x x1x {x}`)),
  (uri, random) => {
    const at = Math.floor(random() * uri.length)
    return uri.slice(0, at) + pick(random, MARKS) + uri.slice(at)
  },
]

/** A URI of one of these templates as an attacker could send it. */
export function uriFor(random: Random, texts: readonly string[]): string {
  const ruled = random() < 0.9 ? pick(random, texts) : template(random)
  let uri = filled(random, ruled)
  const twists = Math.floor(random() * 3)
  for (let twist = 0; twist <= twists; twist += 1) uri = pick(random, TWISTS)(uri, random)
  // Most attackers know how a URL is written.
  return random() < 0.6 ? (URL.parse(uri)?.href ?? uri) : uri
}
