import { type Server, untilReady } from './server.ts'

/** A Keycloak that somebody else started, and that nobody here stops. */
export function runningServer(url: string, say: (line: string) => void): Server {
  const theirs = async (): Promise<never> => {
    throw new Error(`${url} was not started here, so it is not stopped here`)
  }
  return {
    url: url.replace(/\/+$/, ''),
    description: 'Keycloak of KEYCLOAK_URL',
    start: () => untilReady(`${url.replace(/\/+$/, '')}/realms/master`, say),
    stop: theirs,
    remove: async () => {},
  }
}
