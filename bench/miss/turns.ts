/** How long work holds the event loop. */
import { setImmediate as nextTurn } from 'node:timers/promises'
import { atOnce, type Range, rangeOf } from '../harness.ts'

/** Microseconds of one turn of the event loop, over all rounds. */
export interface Turns {
  /** 99 of 100 turns are not longer. */
  readonly usual: Range
  readonly longest: Range
}

/** Runs work in so many lanes, and measures each turn of the event loop meanwhile. */
export async function measureTurns(
  lanes: number,
  work: () => Promise<unknown>,
  { rounds, slice }: { readonly rounds: number; readonly slice: number },
): Promise<Turns> {
  const usual: number[] = []
  const longest: number[] = []
  for (let round = -1; round < rounds; round += 1) {
    const turns = await turnsDuring(atOnce(lanes, work)(slice))
    if (round < 0) continue
    usual.push(turns[Math.floor(turns.length * 0.99)] as number)
    longest.push(turns.at(-1) as number)
  }
  return { usual: rangeOf(usual), longest: rangeOf(longest) }
}

/** How long each turn of the event loop takes while the work runs, in microseconds. The shortest turn comes first. */
async function turnsDuring(work: Promise<unknown>): Promise<number[]> {
  let works = true
  const done = work.finally(() => {
    works = false
  })
  const turns: number[] = []
  let before = performance.now()
  while (works) {
    await nextTurn()
    const now = performance.now()
    turns.push((now - before) * 1000)
    before = now
  }
  await done
  return turns.sort((a, b) => a - b)
}
