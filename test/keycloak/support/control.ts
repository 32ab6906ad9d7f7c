import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { inject } from 'vitest'
import type { Keycloak } from '../../../scripts/keycloak/start-keycloak.ts'

/**
 * Lets tests stop and start the tier's Keycloak, which lives in the process of the global setup.
 *
 * @returns where to ask for it, and how to end that
 */
export async function control(keycloak: Keycloak): Promise<{ url: string; close: () => void }> {
  const actions: Readonly<Record<string, () => Promise<void>>> = {
    '/stop': () => keycloak.stop(),
    '/start': () => keycloak.start(),
  }
  const server = createServer((request, response) => {
    const action = actions[request.url ?? ''] ?? (() => Promise.reject(new Error('no such action')))
    action().then(
      () => response.writeHead(204).end(),
      (error: Error) => response.writeHead(500).end(error.message),
    )
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return { url: `http://127.0.0.1:${port}`, close: () => server.close() }
}

async function ask(action: 'stop' | 'start'): Promise<void> {
  const answer = await fetch(`${inject('controlUrl')}/${action}`, { method: 'POST' })
  if (!answer.ok) throw new Error(`${action}: ${await answer.text()}`)
}

/** Stops the Keycloak of the tier. Whoever does starts it again, whatever happens. */
export const stopKeycloak = (): Promise<void> => ask('stop')

/** Starts it again, at the same address and on the same data. */
export const restartKeycloak = (): Promise<void> => ask('start')
