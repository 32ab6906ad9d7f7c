import { describe, expect, it } from 'vitest'
import { type CheckedStore, StoreCheck } from '../../../src/revocation/store-check.ts'
import { NOW } from '../../support/tokens.ts'

/** A store that writes down what is done to it. */
function storeOf() {
  const values = new Map<string, string>()
  const calls: unknown[] = []
  const failing = { set: false }
  const store: CheckedStore = {
    async add(key, value, until) {
      calls.push(['add', key, until])
      if (values.has(key)) return false
      values.set(key, value)
      return true
    },
    async get(key) {
      calls.push(['get', key])
      return values.get(key)
    },
    async set(key, value, until) {
      calls.push(['set', key, value, until])
      if (failing.set) throw new Error('READONLY')
    },
  }
  const check = new StoreCheck(store, () => NOW * 1000)
  return { check, values, calls, failing }
}

describe('the check of a shared store', () => {
  it('REV-2: writes a key that lives a minute, and gives the store a random name for a year', async () => {
    const { check, calls, values } = storeOf()
    expect(await check.hasLost()).toBe(false)
    const written = ['set', 'revocations/writable', '1', NOW * 1000 + 60_000]
    expect(calls).toEqual([
      written,
      ['get', 'revocations/life'],
      ['add', 'revocations/life', NOW * 1000 + 31_536_000_000],
      ['get', 'revocations/life'],
    ])
    expect(values.get('revocations/life')).toMatch(/^[0-9a-f-]{36}$/)
    calls.length = 0
    expect(await check.hasLost()).toBe(false)
    expect(calls).toEqual([written, ['get', 'revocations/life']])
  })

  it('REV-2: finds that the store was emptied since it was remembered', async () => {
    const { check, values } = storeOf()
    await check.hasLost()
    values.clear()
    // Nothing was remembered yet.
    expect(await check.hasLost()).toBe(false)
    check.remember()
    expect(await check.hasLost()).toBe(false)
    values.clear()
    expect(await check.hasLost()).toBe(true)
    expect(await check.hasLost()).toBe(true)
    check.remember()
    expect(await check.hasLost()).toBe(false)
  })

  it('REV-2: fails if the store cannot be written to', async () => {
    const { check, failing } = storeOf()
    failing.set = true
    await expect(check.hasLost()).rejects.toThrow('READONLY')
  })
})
