import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { inject } from 'vitest'
import { adminOf } from '../../../scripts/keycloak/admin.ts'
import type { Administrator } from '../../../scripts/keycloak/server.ts'
import { type Keycloak, startKeycloak } from '../../../scripts/keycloak/start-keycloak.ts'

/**
 * Lets tests stop and start the tier's Keycloak, which lives in the process of the global setup, and
 * start a second one without resource indicators, for the tests that need it.
 *
 * @returns where to ask for it, and how to end that
 */
export async function control(
  keycloak: Keycloak,
  say: (line: string) => void,
): Promise<{ url: string; close: () => Promise<void> }> {
  let plain: Promise<Keycloak> | undefined
  const actions: Readonly<Record<string, () => Promise<unknown>>> = {
    '/stop': () => keycloak.stop(),
    '/start': () => keycloak.start(),
    '/plain': async () => {
      plain ??= startKeycloak({ features: ['cimd'], say })
      const { url, administrator } = await plain
      return { url, administrator } satisfies Plain
    },
  }
  const server = createServer((request, response) => {
    const action = actions[request.url ?? ''] ?? (() => Promise.reject(new Error('no such action')))
    action().then(
      (result) => response.writeHead(200).end(JSON.stringify(result ?? {})),
      (error: Error) => response.writeHead(500).end(error.message),
    )
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    close: async () => {
      server.close()
      await (await plain)?.close()
    },
  }
}

interface Plain {
  readonly url: string
  readonly administrator: Administrator
}

async function ask(action: 'stop' | 'start' | 'plain'): Promise<unknown> {
  const answer = await fetch(`${inject('controlUrl')}/${action}`, { method: 'POST' })
  if (!answer.ok) throw new Error(`${action}: ${await answer.text()}`)
  return answer.json()
}

/** Stops the Keycloak of the tier. Whoever does starts it again, whatever happens. */
export const stopKeycloak = (): Promise<unknown> => ask('stop')

/** Starts it again, at the same address and on the same data. */
export const restartKeycloak = (): Promise<unknown> => ask('start')

/** The Keycloak without resource indicators, which runs from now on. It has no realms of its own. */
export async function plainKeycloak(): Promise<Pick<Keycloak, 'url' | 'admin'>> {
  const { url, administrator } = (await ask('plain')) as Plain
  return { url, admin: adminOf(url, administrator) }
}
