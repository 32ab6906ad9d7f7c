import { existsSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { FLOORS } from './floors.ts'

/** A room of src/ by its name, and a number that says which floor it is on. */
type Places = ReadonlyMap<string, number>

const PICTURES = ['docs/house-light.svg', 'docs/house-dark.svg'] as const

const read = (file: string): string => readFileSync(file, 'utf8')
const isBuilt = (room: string): boolean => existsSync(`src/${room}`) || existsSync(`src/${room}.ts`)

/** The floors as in FLOORS, counted from 1. */
const floors: Places = new Map(
  FLOORS.flatMap((rooms, at) => rooms.map((room) => [room, at + 1] as const)),
)
const built = [...floors.keys()].filter(isBuilt).sort()

/** The rooms of a picture. Their names are its only monospaced texts; the number is the height. */
function drawnIn(picture: string): Places {
  const texts = picture.matchAll(/<text [^>]*\by="([\d.]+)"[^>]*monospace[^>]*>([\w-]+)<\/text>/g)
  return new Map(Array.from(texts, ([, y, room]) => [room ?? '', -Number(y)]))
}

/** The rooms of the table in CONTRIBUTING.md. A row without a number is on the floor of the row above. */
function listedIn(document: string): Places {
  const listed = new Map<string, number>()
  let floor = 0
  for (const [, number = '', room = ''] of document.matchAll(
    /^\| *(\d*) *\| `([\w-]+)(?:\/|\.ts)` \|/gm,
  )) {
    if (number !== '') floor = Number(number)
    listed.set(room, floor)
  }
  return listed
}

/** The rooms floor by floor, from the ground up, each floor sorted. */
function ordered(places: Places): string[][] {
  const levels = [...new Set(places.values())].sort((a, b) => a - b)
  return levels.map((level) =>
    [...places.keys()].filter((room) => places.get(room) === level).sort(),
  )
}

/** Each floor of FLOORS with the given rooms alone. */
function expected(rooms: readonly string[]): string[][] {
  return ordered(new Map([...floors].filter(([room]) => rooms.includes(room))))
}

describe('the map of the house', () => {
  it.each(PICTURES)('%s shows every room that is built, on its floor', (file) => {
    const drawn = drawnIn(read(file))
    expect([...drawn.keys()]).toEqual(expect.arrayContaining(built))
    expect(ordered(drawn)).toEqual(expected([...drawn.keys()]))
  })

  it('the table in CONTRIBUTING.md lists every room that is built, on its floor', () => {
    const listed = listedIn(read('CONTRIBUTING.md'))
    expect([...listed.keys()]).toEqual(expect.arrayContaining(built))
    const known = [...listed].map(([room]) => [room, floors.get(room)])
    expect([...listed]).toEqual(known)
  })

  it('the light and the dark picture differ in their colours alone', () => {
    const [light, dark] = PICTURES.map((file) => read(file).replace(/"#[0-9a-f]{6}"/g, '"colour"'))
    expect(light).toBe(dark)
  })

  it.each(PICTURES)('%s can be read by screen readers, and loads nothing', (file) => {
    const picture = read(file)
    expect(picture).toMatch(/<title id="title">[^<]+<\/title>\s*<desc id="desc">[^<]+<\/desc>/)
    expect(picture).not.toMatch(/<script|<image|href|url\(|@import/)
    expect(Number(/ width="(\d+)"/.exec(picture)?.[1])).toBeLessThanOrEqual(1200)
  })
})

describe('the check itself', () => {
  const row = (y: number, room: string): string =>
    `<text x="1" y="${y}" font-family="monospace" font-size="13">${room}</text>`

  it('reads a picture from the bottom up', () => {
    expect(ordered(drawnIn(row(10, 'gate') + row(50, 'errors') + row(50, 'a-room')))).toEqual([
      ['a-room', 'errors'],
      ['gate'],
    ])
  })

  it('reads a table whose rows share a number', () => {
    const table =
      '| 2 | `gate/` | checks |\n| 1 | `errors.ts` | errors |\n| | `quoted.ts` | text |\n'
    expect([...listedIn(table)]).toEqual([
      ['gate', 2],
      ['errors', 1],
      ['quoted', 1],
    ])
  })
})
