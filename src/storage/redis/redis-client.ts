import type { MaybePromise } from '../maybe-promise.ts'

/** What the store uses of a client of `ioredis` or `iovalkey`: `Redis` or `Cluster`. */
export interface IoredisClient {
  /** Sends a command. */
  call(command: string, ...args: string[]): Promise<unknown>
  /** Makes a client with the same settings. */
  duplicate(): unknown
  /** Opens the connection. */
  connect(): Promise<unknown>
  /** Closes the connection at once. */
  disconnect(): void
}

/** What the store uses of a client of `redis`: of `createClient`, `createCluster` or `createSentinel`. */
export interface NodeRedisClient {
  /** Sends a command. */
  sendCommand(...args: never[]): Promise<unknown>
  /** Makes a client with the same settings. */
  duplicate(): unknown
  /** Opens the connection. */
  connect(): Promise<unknown>
  /** Closes the connection at once. */
  destroy(): unknown
}

/** What the store uses of a client of `@valkey/valkey-glide`: `GlideClient` or `GlideClusterClient`. */
export interface GlideClient {
  /** Sends a command. */
  customCommand(args: string[]): Promise<unknown>
  /** Closes the connection. */
  close(): void
}

/** A client of one of the packages for Redis and Valkey. */
export type RedisClient = IoredisClient | NodeRedisClient | GlideClient

/** Makes a new client. @internal */
export type MakeClient = () => MaybePromise<RedisClient>

/**
 * Sends one command. All keys of the command are the one key, by which a cluster finds the node.
 *
 * @internal
 */
export type SendCommand = (key: string, args: readonly string[]) => Promise<unknown>

/** Listeners for the events of a client. @internal */
export interface ClientListeners {
  /** The error may name addresses. */
  readonly onError: (error: unknown) => void
  /** The connection was lost, or could not be made, or the client was closed. */
  readonly onLost: () => void
}

/** The members that the clients of these packages have, put together. No client has all of them. */
interface AnyClient {
  call?(...args: readonly string[]): Promise<unknown>
  sendCommand?(...args: readonly unknown[]): Promise<unknown>
  customCommand?(args: readonly string[]): Promise<unknown>
  duplicate?(...overrides: readonly unknown[]): RedisClient
  connect?(): Promise<unknown>
  destroy?(): unknown
  disconnect?(): unknown
  close?(): unknown
  on?(event: string, listener: (value?: unknown) => void): unknown
  /** Only clusters of node-redis have it. */
  nodeClient?: unknown
  /** Only Sentinel clients of node-redis have it. */
  getSentinelNode?: unknown
  /** ioredis and iovalkey. */
  status?: string
  /** ioredis and iovalkey. */
  isCluster?: boolean
  options?: { readonly redisOptions?: object }
  /** node-redis. */
  isOpen?: boolean
}

/**
 * The way to send a command with this client; `undefined` if the client is of no known package. The
 * packages have no common interface, so the methods of the client tell which one it is. ioredis has a
 * `sendCommand` too, with another meaning.
 *
 * @internal
 */
export function sendOf(given: unknown): SendCommand | undefined {
  const client = asAny(given)
  if (client?.call) return async (_key, args) => client.call?.(...args)
  if (client?.customCommand) return async (_key, args) => client.customCommand?.(args)
  if (!client?.sendCommand) return undefined
  // `false`: not a read-only command. A replica may not have what its master has.
  if (client.nodeClient) return async (key, args) => client.sendCommand?.(key, false, args)
  if (client.getSentinelNode) return async (_key, args) => client.sendCommand?.(false, args)
  return async (_key, args) => client.sendCommand?.(args)
}

/** Settings of ioredis and iovalkey for commands of the user, which a read that waits would break. */
const NO_LIMITS = { commandTimeout: undefined, socketTimeout: undefined }

/**
 * A function that makes clients with the settings of this one; `undefined` if there is none. Clients of
 * ioredis and iovalkey that read from replicas are made to read from masters.
 *
 * @internal
 */
export function duplicatorOf(given: unknown): MakeClient | undefined {
  const client = asAny(given)
  if (!client?.duplicate) return undefined
  const { isCluster, options } = client
  if (!client.call) return () => client.duplicate?.() as RedisClient
  if (!isCluster) return () => client.duplicate?.({ ...NO_LIMITS, role: 'master' }) as RedisClient
  const redisOptions = { ...options?.redisOptions, ...NO_LIMITS }
  return () => client.duplicate?.([], { redisOptions, scaleReads: 'master' }) as RedisClient
}

/** Adds the listeners. An error event that nobody listens to would end the process. @internal */
export function listenTo(given: RedisClient, { onError, onLost }: ClientListeners): void {
  const client = asAny(given)
  client?.on?.('error', onError)
  for (const event of ['close', 'end', 'reconnecting', 'disconnect']) client?.on?.(event, onLost)
}

/** Connects a client that has its listeners. Resolves when commands are sent at once. @internal */
export async function connect(given: RedisClient): Promise<void> {
  const client = asAny(given)
  // valkey-glide has no `connect`: a client that was made is connected.
  if (!client?.connect) return
  if (client.isOpen !== undefined) {
    if (!client.isOpen) await client.connect()
    return
  }
  // ioredis and iovalkey connect by themselves, except with `lazyConnect`.
  if (client.status === 'ready') return
  const ready = new Promise<void>((resolve) => client.on?.('ready', () => resolve()))
  if (client.status === 'wait') client.connect().catch(() => {})
  await ready
}

/** Closes a client at once, in whatever state it is. @internal */
export function disconnect(given: RedisClient): void {
  const client = asAny(given)
  const close = client?.destroy ?? client?.disconnect ?? client?.close
  void (async () => close?.call(client))().catch(() => {})
}

function asAny(client: unknown): AnyClient | undefined {
  return typeof client === 'object' && client !== null ? client : undefined
}
