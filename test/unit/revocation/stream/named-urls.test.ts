import { describe, expect, it } from 'vitest'
import type { HttpClient } from '../../../../src/authorization-server/http/http-client.ts'
import type { Transmitter } from '../../../../src/authorization-server/transmitter/transmitter.ts'
import { TransmitterMetadata } from '../../../../src/authorization-server/transmitter/transmitter-metadata.ts'
import { EventPolling } from '../../../../src/revocation/stream/event-polling.ts'
import { clock } from '../../../support/tokens.ts'

const issuer = 'https://sso.example.com'
const LOCAL = 'http://127.0.0.1:8500/v1/agent'

/** The metadata of a transmitter that names an address of this machine. */
function metadataOf(more: { url?: string; allowInsecureHttp?: boolean; issuer?: string } = {}) {
  const options = { issuer, allowInsecureHttp: false, clock, ...more }
  const body = JSON.stringify({ issuer: options.issuer, configuration_endpoint: LOCAL })
  const call = async () => ({ status: 200, body: Buffer.from(body) })
  return new TransmitterMetadata({ ...options, http: { call } as unknown as HttpClient })
}

const endpoint = async (more = {}) => metadataOf(more).endpoint('configuration_endpoint')

describe('SSF-1: a transmitter elsewhere cannot make this server call services of its own machine', () => {
  it('over an endpoint of its metadata', async () => {
    await expect(endpoint()).rejects.toThrow('"configuration_endpoint" is plain http, so')
  })

  it.each([
    { issuer: 'http://localhost:8080/realms/a' },
    { url: 'http://127.0.0.1:8080/.well-known/ssf-configuration' },
    { allowInsecureHttp: true },
  ])('but a transmitter of the same machine may: %j', async (more) => {
    expect(await endpoint(more)).toBe(LOCAL)
  })

  it('over the poll endpoint of a stream; the operator may name one', async () => {
    const called: unknown[] = []
    const transmitter = {
      metadata: metadataOf(),
      failed: (message: string) => new Error(message),
      async call({ to }: { to: unknown }) {
        called.push(to)
        return { status: 200, value: {}, words: '' }
      },
    } as unknown as Transmitter
    const events = { accept: () => Promise.reject(new Error('there is none')) }
    const pollingAt = (url: URL | string) => {
      const reports: string[] = []
      const report = ({ detail }: { detail: string }) => void reports.push(detail)
      const polling = new EventPolling({ transmitter, events, url: () => url, report })
      return { polling, reports }
    }
    const { polling } = pollingAt(LOCAL)
    await expect(polling.ready()).rejects.toThrow()
    polling.close()
    expect(called).toEqual([])
    const own = pollingAt(new URL(LOCAL))
    await own.polling.ready()
    own.polling.close()
    expect(called).toEqual([new URL(LOCAL)])
  })
})
