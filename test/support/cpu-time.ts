/**
 * Measures how much this process computes. Unlike a clock, it does not run on while other processes have the
 * machine, so a test may compare it with a limit.
 *
 * @returns the seconds on a processor that the work took
 */
export async function cpuSecondsOf(work: () => unknown): Promise<number> {
  const before = process.cpuUsage()
  await work()
  const { user, system } = process.cpuUsage(before)
  return (user + system) / 1e6
}

/** The limit for work that takes milliseconds if it is linear, and far longer if it is not. */
export const LINEAR_SECONDS = 2
