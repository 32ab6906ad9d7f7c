import { describe, expect, it } from 'vitest'
import { PendingEntries } from '../../../src/revocation/pending-entries.ts'
import type { RevocationEntry } from '../../../src/revocation/revocation.ts'

const entry = (key: string, more: Partial<RevocationEntry> = {}): RevocationEntry => ({
  ...{ key, everything: 'all', issuedUntil: 100, at: 100 },
  ...more,
})

/** Pending entries of a list with these entries. */
function pendingOf(entries: readonly RevocationEntry[], maxEntries = 100) {
  const list = new Map(entries.map((one) => [one.key, one]))
  const pending = new PendingEntries({ find: (key) => list.get(key), maxEntries })
  const missing = () => [...pending.missing()].map(({ key }) => key)
  /** Appends an entry; the log answers at once. */
  const append = (one: RevocationEntry, reads = 1) =>
    pending.append(
      one,
      async () => {},
      () => reads,
    )
  return { list, pending, missing, append }
}

describe('an entry that the shared log may not have', () => {
  const a = entry('a')

  it('REV-2: is missing until it was appended, and pending until it was read back', async () => {
    const { pending, missing, append } = pendingOf([a])
    expect(missing()).toEqual([])
    expect(pending.unconfirmed(a)).toBeUndefined()
    pending.add(a)
    expect(missing()).toEqual(['a'])
    expect(pending.unconfirmed(a)).toBe(a)
    await append(a)
    expect(missing()).toEqual([])
    expect(pending.unconfirmed(a)).toBeUndefined()
    expect(pending.size).toBe(1)
    pending.readBack(a)
    expect(pending.size).toBe(0)
  })

  it('REV-2: is appended by one at a time, and again if that fails', async () => {
    const { pending, missing } = pendingOf([a])
    pending.add(a)
    const answer = Promise.withResolvers<void>()
    const sent: RevocationEntry[] = []
    const send = (one: RevocationEntry) => {
      sent.push(one)
      return answer.promise
    }
    const appended = pending.append(a, send, () => 1)
    expect(sent).toEqual([a])
    expect(missing()).toEqual([])
    // Whoever must know that the store has it appends it too.
    expect(pending.unconfirmed(a)).toBe(a)
    answer.reject(new Error('away'))
    await expect(appended).rejects.toThrow('away')
    expect(missing()).toEqual(['a'])
  })

  it('REV-2: is not appended if it is not pending', async () => {
    const { pending } = pendingOf([a])
    let sent = 0
    await pending.append(
      a,
      async () => void sent++,
      () => 1,
    )
    expect([sent, pending.size]).toEqual([0, 0])
  })

  it.each([
    ['more', { at: 101 }, true],
    ['longer', { issuedUntil: 101 }, true],
    ['for good', { issuedUntil: undefined }, true],
    ['the same', {}, false],
    ['less', { at: 99, issuedUntil: 99 }, false],
  ])('REV-2: is missing again if the list revokes %s meanwhile', async (_what, more, stays) => {
    const { list, pending, missing, append } = pendingOf([a])
    pending.add(a)
    list.set('a', entry('a', more))
    await append(a)
    expect(missing()).toEqual(stays ? ['a'] : [])
    pending.readBack(a)
    expect(pending.size).toBe(stays ? 1 : 0)
  })

  it('REV-2: of which the list knows nothing any more is no longer pending', async () => {
    const { list, pending, append } = pendingOf([a])
    pending.add(a)
    list.delete('a')
    await append(a)
    pending.readBack(a)
    expect(pending.size).toBe(0)
    pending.add(a)
    expect(pending.unconfirmed(a)).toBeUndefined()
    expect(pending.size).toBe(0)
  })

  it('REV-2: other entries that are read back change nothing', () => {
    const { pending, missing } = pendingOf([a])
    pending.add(a)
    pending.readBack(entry('b'))
    expect(missing()).toEqual(['a'])
  })

  it.each([
    ['of a read that began before', 5, true, false],
    ['of a later read to the end', 6, true, true],
    ['of a later read that is not at the end', 6, false, false],
    ['of a read within twenty', 25, false, false],
    ['of a read after twenty', 26, false, true],
  ])('REV-2: that was not read back is lost at the end %s', async (_what, read, atEnd, isLost) => {
    const b = entry('b')
    const { pending, missing, append } = pendingOf([a, b])
    pending.add(b)
    pending.add(a)
    await append(a, 5)
    pending.afterRead(read, atEnd)
    expect(missing()).toEqual(isLost ? ['b', 'a'] : ['b'])
  })

  it('REV-2: counts as missing again after a failure', async () => {
    const { pending, missing, append } = pendingOf([a])
    pending.add(a)
    await append(a)
    pending.afterFailure()
    expect(missing()).toEqual(['a'])
  })

  it('REV-2: that the list has merged becomes the entry that it was merged into', async () => {
    const { list, pending, missing, append } = pendingOf([a, entry('b')])
    pending.add(a)
    pending.add(entry('b'))
    const all = entry('all')
    list.clear()
    list.set('all', all)
    expect(missing()).toEqual(['all'])
    expect(pending.size).toBe(1)
    // The merged entry is confirmed with the one that it became.
    expect(pending.unconfirmed(a)).toBe(all)
    await append(all)
    expect(pending.unconfirmed(a)).toBeUndefined()
    // A later one does not make it pending anew.
    pending.add(entry('c'))
    expect(missing()).toEqual([])
  })

  it('REV-2: there are never many more than the list may have', () => {
    const entries = Array.from({ length: 4 }, (_, at) => entry(`${at}`))
    const { list, pending } = pendingOf(entries, 3)
    list.clear()
    list.set('all', entry('all'))
    for (const one of entries.slice(0, 3)) pending.add(one)
    expect(pending.size).toBe(3)
    pending.add(entries[3] as RevocationEntry)
    expect(pending.size).toBe(1)
  })
})
