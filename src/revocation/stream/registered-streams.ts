import type { Transmitter } from '../../authorization-server/transmitter/transmitter.ts'
import { isObject, ownMember } from '../../json-object.ts'
import { quoted } from '../../quoted.ts'
import {
  allMembers,
  changedMembers,
  DELIVERY_METHODS,
  differences,
  isOurs,
  readStreamConfiguration,
  type StreamConfiguration,
  type WantedStream,
  wantedMembers,
} from './stream-configuration.ts'

/** The status of a stream (SSF 1.0 §8.1.2). @internal */
export interface StreamStatus {
  /** `enabled`, `paused`, `disabled`, or anything that a transmitter makes up. */
  readonly status: string
  readonly reason: string | undefined
}

/** What was done to have the wanted stream. @internal */
export interface SettledStream {
  readonly stream: StreamConfiguration
  /** `adopted`: it existed, and was right. */
  readonly done: 'adopted' | 'created' | 'updated'
  /** The members that differ from the wanted ones. */
  readonly differing: readonly string[]
}

/** Most streams of one client that are read. */
const MOST_STREAMS = 1000

/** The streams that this server's client has at a transmitter (SSF 1.0 §8.1.1). @internal */
export class RegisteredStreams {
  readonly #transmitter: Transmitter

  constructor(transmitter: Transmitter) {
    this.#transmitter = transmitter
  }

  /** Lists the streams of the client. @throws {UnavailableError} */
  async list(): Promise<readonly StreamConfiguration[]> {
    const { status, value, words } = await this.#call('GET')
    if (status === 404) return []
    if (status !== 200) throw this.#transmitter.failed(words)
    // A transmitter with one stream for each client may answer with the stream itself.
    const list = Array.isArray(value) ? value : isObject(value) ? [value] : undefined
    if (list === undefined || list.length > MOST_STREAMS) {
      throw this.#transmitter.failed(`the configuration_endpoint did not answer with streams`)
    }
    return list.map((stream) => this.#read(stream))
  }

  /**
   * Finds the wanted stream, or creates it. If instances create streams at the same time, one stream is left:
   * the instances delete their own streams, except the stream with the smallest id.
   *
   * @param update whether a stream that differs is changed. A running instance does not, so that two
   * instances with different options do not change it in turns.
   * @throws {UnavailableError} also if the client has another stream, and can have only one
   */
  async settle(wanted: WantedStream, update: boolean): Promise<SettledStream> {
    const found = first((await this.list()).filter((stream) => isOurs(stream, wanted)))
    if (found !== undefined) return this.#bringInLine(found, wanted, update)
    await this.#checkMethod(wanted)
    const created = await this.#create(wanted)
    const streams = await this.list()
    const ours = first(streams.filter((stream) => isOurs(stream, wanted)))
    if (ours === undefined) {
      if (created !== undefined) return { stream: created, done: 'created', differing: [] }
      throw this.#transmitter.failed(foreign(streams))
    }
    if (created === undefined) return this.#bringInLine(ours, wanted, update)
    if (ours.id === created.id) return { stream: ours, done: 'created', differing: [] }
    await this.delete(created.id)
    return this.#bringInLine(ours, wanted, update)
  }

  /** @returns whether there was such a stream @throws {UnavailableError} */
  async delete(streamId: string): Promise<boolean> {
    const { status, words } = await this.#call('DELETE', { streamId })
    if (status === 404) return false
    if (status >= 300) throw this.#transmitter.failed(words)
    return true
  }

  /** @returns `undefined` if the transmitter does not tell @throws {UnavailableError} */
  async status(streamId: string): Promise<StreamStatus | undefined> {
    if ((await this.#transmitter.metadata.endpoint('status_endpoint')) === undefined) {
      return undefined
    }
    const { status, value, words } = await this.#transmitter.call({
      to: 'status_endpoint',
      purpose: 'stream_configuration',
      method: 'GET',
      streamId,
    })
    if (status !== 200) throw this.#transmitter.failed(words)
    return this.#readStatus(value)
  }

  /** @throws {UnavailableError} if the stream does not have the status afterwards */
  async setStatus(
    streamId: string,
    wanted: 'enabled' | 'paused' | 'disabled',
    reason: string,
  ): Promise<void> {
    const { status, value, words } = await this.#transmitter.call({
      to: 'status_endpoint',
      purpose: 'stream_configuration',
      method: 'POST',
      body: { stream_id: streamId, status: wanted, reason },
    })
    // 202: the transmitter has not decided yet (SSF 1.0 §8.1.2.2).
    if (status === 202) return
    if (status !== 200) throw this.#transmitter.failed(words)
    const now = this.#readStatus(value)
    if (now.status === wanted) return
    const found = `its status is ${quoted(now.status)} after it was set to ${wanted}`
    throw this.#transmitter.failed(`the stream ${quoted(streamId)}: ${found}`)
  }

  /**
   * Asks for a verification event (SSF 1.0 §8.1.4.2).
   *
   * @returns the seconds after which to ask again, if it was asked for too often; `undefined` if the event
   * will be sent @throws {UnavailableError}
   */
  async verify(streamId: string, state: string): Promise<number | undefined> {
    const { status, retryAfter, words } = await this.#transmitter.call({
      to: 'verification_endpoint',
      purpose: 'stream_configuration',
      method: 'POST',
      body: { stream_id: streamId, state },
    })
    if (status === 429) return Math.min(retryAfter ?? 60, 3600)
    if (status < 300) return undefined
    throw this.#transmitter.failed(`${words}; the transmitter could not send a verification event`)
  }

  async #bringInLine(
    stream: StreamConfiguration,
    wanted: WantedStream,
    update: boolean,
  ): Promise<SettledStream> {
    const differing = differences(stream, wanted)
    if (differing.length === 0 || !update) return { stream, done: 'adopted', differing }
    const secrets = secretsOf(wanted)
    const changed = changedMembers(stream, wanted, differing)
    let reply = await this.#call('PATCH', { body: changed, secrets })
    // Not every transmitter changes parts of a stream. Then all of it is replaced.
    if (reply.status === 405 || reply.status === 501) {
      const body = { ...allMembers(stream, wanted), stream_id: stream.id }
      reply = await this.#call('PUT', { body, secrets })
    }
    if (reply.status >= 300) throw this.#transmitter.failed(`${reply.words}${pushHint(wanted)}`)
    const updated = isObject(reply.value) ? this.#read(reply.value) : stream
    return { stream: updated, done: 'updated', differing }
  }

  /** @returns `undefined` if the client has a stream already */
  async #create(wanted: WantedStream): Promise<StreamConfiguration | undefined> {
    const body = wantedMembers(wanted)
    const { status, value, words } = await this.#call('POST', { body, secrets: secretsOf(wanted) })
    if (status === 409) return undefined
    if (status !== 201 && status !== 200) {
      throw this.#transmitter.failed(`${words}${pushHint(wanted)}`)
    }
    return this.#read(value)
  }

  async #checkMethod({ delivery: { method } }: WantedStream): Promise<void> {
    const offered = await this.#transmitter.metadata.deliveryMethods()
    if (offered === undefined || offered.includes(DELIVERY_METHODS[method])) return
    throw this.#transmitter.failed(`the transmitter does not offer delivery by ${method}`)
  }

  #call(
    method: 'GET' | 'POST' | 'PATCH' | 'PUT' | 'DELETE',
    more: Partial<Parameters<Transmitter['call']>[0]> = {},
  ) {
    const call = { to: 'configuration_endpoint', purpose: 'stream_configuration' } as const
    return this.#transmitter.call({ ...call, method, ...more })
  }

  #read(value: unknown): StreamConfiguration {
    const read = readStreamConfiguration(value, this.#transmitter.issuer)
    if (typeof read === 'string') throw this.#transmitter.failed(read)
    return read
  }

  #readStatus(value: unknown): StreamStatus {
    const status = ownMember(value, 'status')
    const reason = ownMember(value, 'reason')
    if (typeof status !== 'string') {
      throw this.#transmitter.failed('the status_endpoint did not answer with a status')
    }
    return { status, reason: typeof reason === 'string' ? reason : undefined }
  }
}

/** Every instance chooses the same stream: the one with the smallest id. */
function first(streams: readonly StreamConfiguration[]): StreamConfiguration | undefined {
  return streams.toSorted((one, other) => (one.id < other.id ? -1 : 1))[0]
}

function foreign(streams: readonly StreamConfiguration[]): string {
  const shown = streams
    .slice(0, 3)
    .map(({ id, method, url }) => `${quoted(id)}, ${quoted(method)} to ${quoted(hostOf(url))}`)
  const which = shown.length === 0 ? '' : ` (${shown.join('; ')})`
  return `this server's client already has a stream for another purpose${which}, and cannot have a second one. Give this server a client of its own, or delete that stream: npx mcp-resource-server stream delete`
}

/** A URL without its query, which may hold a secret. */
function hostOf(url: string | undefined): string | undefined {
  return url?.replace(/[?#].*$/s, '').replace(/\/\/[^/]*@/, '//')
}

/** The secrets of a stream that its transmitter knows. @internal */
export function secretsOf({ delivery }: WantedStream): readonly string[] {
  return delivery.method === 'push' && delivery.authorization !== undefined
    ? [delivery.authorization]
    : []
}

function pushHint({ delivery }: WantedStream): string {
  return delivery.method === 'push'
    ? `; the transmitter must allow the address ${delivery.url} (in Keycloak: the client's attribute ssf.validPushUrls)`
    : ''
}
