import type { HttpsCertificates } from './https.ts'

/** A Keycloak that can be started and stopped, wherever it comes from. */
export interface Server {
  /** Without a trailing slash. */
  readonly url: string
  /** The same over https, if `https` was given. */
  readonly httpsUrl?: string
  /** Such as `Keycloak 26.8.2, Java 25`. */
  readonly description: string
  /** Starts it, on the data that it had; resolves when it is ready. */
  start(): Promise<void>
  /** Stops it; its data stay. */
  stop(): Promise<void>
  /** Stops it and forgets its data. */
  remove(): Promise<void>
}

export interface Administrator {
  readonly username: string
  readonly password: string
}

export interface ServerOptions {
  readonly port: number
  readonly administrator: Administrator
  /** Default: `FEATURES`. */
  readonly features?: readonly string[]
  /** For https beside http, on a port of its own. Keycloak asks clients for a certificate there. */
  readonly https?: (HttpsCertificates & { readonly port: number }) | undefined
  readonly say: (line: string) => void
}

/**
 * Polls until an address answers with 200.
 *
 * @param died says why there is nothing to wait for any more
 */
export async function untilReady(
  address: string,
  say: (line: string) => void,
  died: () => string | undefined = () => undefined,
): Promise<void> {
  const started = performance.now()
  const seconds = (): number => Math.round((performance.now() - started) / 1000)
  let told = 0
  for (;;) {
    const fault = died()
    if (fault !== undefined) throw new Error(fault)
    const answer = await fetch(address, { signal: AbortSignal.timeout(2000) }).catch(
      () => undefined,
    )
    await answer?.body?.cancel()
    if (answer?.status === 200) return
    if (seconds() >= LONGEST_START) throw new Error(`${address} is not ready after ${seconds()} s`)
    if (seconds() - told >= 5) {
      told = seconds()
      say(`Starting: ${told} s`)
    }
    await new Promise((resolve) => setTimeout(resolve, 200))
  }
}

/** Seconds. A first start takes 30 on two cores, and took 110 on a machine that was very busy. */
const LONGEST_START = 600
