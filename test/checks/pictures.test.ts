import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'

/** The pictures that the README and the guides show, each in a light and a dark version. */
const pictures = readdirSync('docs').filter((file) => file.endsWith('.svg'))
const light = pictures.filter((file) => file.endsWith('-light.svg'))

const read = (file: string): string => readFileSync(`docs/${file}`, 'utf8')
const withoutColours = (picture: string): string => picture.replace(/"#[0-9a-f]{6}"/g, '"colour"')

describe('the pictures of docs/', () => {
  it('are there, and each is light or dark', () => {
    expect(light.length).toBeGreaterThan(0)
    expect(pictures.filter((file) => !/-(light|dark)\.svg$/.test(file))).toEqual([])
  })

  it.each(light)('%s differs from its dark version in the colours alone', (file) => {
    const dark = file.replace('-light.svg', '-dark.svg')
    expect(existsSync(`docs/${dark}`), dark).toBe(true)
    expect(withoutColours(read(dark))).toBe(withoutColours(read(file)))
    expect(read(dark)).not.toBe(read(file))
  })

  it.each(pictures)('%s can be read by screen readers, and loads and runs nothing', (file) => {
    const picture = read(file)
    expect(picture).toMatch(/<svg [^>]*role="img" aria-labelledby="title[ "]/)
    expect(picture).toMatch(/<title id="title">[^<]+<\/title>/)
    expect(picture).not.toMatch(/<script|<image|<foreignObject|href|url\(|@import|\son\w+=/)
    expect(Number(/ width="(\d+)"/.exec(picture)?.[1])).toBeLessThanOrEqual(1200)
  })
})
