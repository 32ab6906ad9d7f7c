import { describe, expect, it } from 'vitest'
import { nearestName } from '../../src/nearest-name.ts'
import { cpuSecondsOf, LINEAR_SECONDS } from '../support/cpu-time.ts'

describe('nearestName', () => {
  it.each([
    ['one letter left out', 'clockTolernce', ['clock', 'clockTolerance'], 'clockTolerance'],
    ['one letter added', 'realmm', ['realm'], 'realm'],
    ['one letter changed', 'cachu', ['cache'], 'cache'],
    ['two letters swapped', 'relam', ['realm'], 'realm'],
    ['other letter case', 'REALM', ['realm'], 'realm'],
    ['two slips', 'resorces_', ['resources'], 'resources'],
    ['the fewest slips', 'tools', ['stool', 'tool'], 'tool'],
    ['a name inside a longer one', 'Origins', ['allowedOrigins', 'policy'], 'allowedOrigins'],
    ['the nearest in length of several', 'add', ['add_all_notes', 'add_note'], 'add_note'],
  ])('finds %s', (_what, name, others, found) => {
    expect(nearestName(name, others)).toBe(found)
  })

  it.each([
    ['three slips', 'sessions', ['session_id_']],
    ['one slip in two letters', 'ab', ['ax']],
    ['two letters inside another name', 'ab', ['cabinet']],
    ['the same name', 'cache', ['cache']],
    ['no names', 'cache', []],
  ])('finds nothing for %s', (_what, name, others) => {
    expect(nearestName(name, others)).toBeUndefined()
  })

  it('CVE-2026-0621: compares no slips of a name of 100 KB', async () => {
    const work = () => nearestName('x'.repeat(100_000), ['y'.repeat(100_000)])
    expect(await cpuSecondsOf(work)).toBeLessThan(LINEAR_SECONDS)
  })
})
