/** The real time, moved on by a test: for tokens of a server that knows no other. */
export interface MovedClock {
  (): number
  advance(seconds: number): void
}

export function movedClock(): MovedClock {
  let ahead = 0
  const clock = () => Date.now() + ahead
  return Object.assign(clock, {
    advance(seconds: number) {
      ahead += seconds * 1000
    },
  })
}
