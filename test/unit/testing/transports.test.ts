import { fetch as undiciFetch } from 'undici'
import { describe } from 'vitest'
import { createTestIssuer, startTestIssuer } from '../../../src/testing/index.ts'
import { type Transport, transportCases } from './transport-cases.ts'

const failures = { refused: /^ECONNREFUSED$/, reset: /^(ECONNRESET|UND_ERR_SOCKET)$/ }

const TRANSPORTS: Readonly<Record<string, Omit<Transport, 'failures'>>> = {
  fetch: {
    start: async (options) => createTestIssuer(options),
    ask: (issuer) => (path, init) => issuer.fetch(`${issuer.issuer}${path}`, init),
  },
  'a dispatcher of undici': {
    start: async (options) => createTestIssuer(options),
    ask: (issuer) => (path, init) =>
      undiciFetch(`${issuer.issuer}${path}`, {
        ...(init as object),
        dispatcher: issuer.dispatcher,
      }) as unknown as Promise<Response>,
  },
  'a dispatcher in the fetch of Node': {
    start: async (options) => createTestIssuer(options),
    ask: (issuer) => (path, init) =>
      fetch(`${issuer.issuer}${path}`, {
        ...init,
        dispatcher: issuer.dispatcher,
      } as unknown as RequestInit),
  },
  'a port': {
    start: (options) => startTestIssuer(options),
    ask: (issuer) => (path, init) => fetch(`${issuer.issuer}${path}`, init),
  },
}

describe.each(Object.entries(TRANSPORTS))('a test issuer as %s', (_name, transport) => {
  transportCases({ ...transport, failures })
})
