import { GlideClient, GlideClusterClient } from '@valkey/valkey-glide'
import { Cluster, Redis } from 'ioredis'
import { Redis as Valkey, Cluster as ValkeyCluster } from 'iovalkey'
import { createClient, createCluster, createSentinel } from 'redis'
import type { RedisStoreOptions } from '../../../src/storage/redis/create-redis-store.ts'

export interface Address {
  readonly host: string
  readonly port: number
}

type Client = RedisStoreOptions['client']

/** A package of clients: the client that a program has for each arrangement of servers. */
export interface ClientPackage {
  readonly name: string
  single(address: Address, password?: string): Client
  /** A client with a limit in milliseconds for the answer to a command. */
  impatient(address: Address, limit: number): Client
  /** valkey-glide knows no Sentinel. */
  sentinel?(sentinels: readonly Address[], name: string): Client
  cluster(nodes: readonly Address[]): Client
}

const NODE_REDIS: ClientPackage = {
  name: 'redis',
  impatient: ({ host, port }, timeout) =>
    createClient({ socket: { host, port }, commandOptions: { timeout } }),
  single: ({ host, port }, password) =>
    createClient({ socket: { host, port }, ...(password !== undefined && { password }) }),
  sentinel: (sentinels, name) =>
    createSentinel({ name, sentinelRootNodes: sentinels.map((address) => ({ ...address })) }),
  cluster: (nodes) => createCluster({ rootNodes: nodes.map((socket) => ({ socket })) }),
}

const IOREDIS: ClientPackage = {
  name: 'ioredis',
  impatient: ({ host, port }, limit) =>
    new Redis({ host, port, commandTimeout: limit, socketTimeout: limit, lazyConnect: true }),
  single: ({ host, port }, password) =>
    new Redis({ host, port, lazyConnect: true, ...(password !== undefined && { password }) }),
  sentinel: (sentinels, name) => new Redis({ sentinels: [...sentinels], name, lazyConnect: true }),
  cluster: (nodes) => new Cluster([...nodes], { lazyConnect: true }),
}

const IOVALKEY: ClientPackage = {
  name: 'iovalkey',
  impatient: ({ host, port }, limit) =>
    new Valkey({ host, port, commandTimeout: limit, socketTimeout: limit, lazyConnect: true }),
  single: ({ host, port }, password) =>
    new Valkey({ host, port, lazyConnect: true, ...(password !== undefined && { password }) }),
  sentinel: (sentinels, name) => new Valkey({ sentinels: [...sentinels], name, lazyConnect: true }),
  cluster: (nodes) => new ValkeyCluster([...nodes], { lazyConnect: true }),
}

const GLIDE: ClientPackage = {
  name: 'valkey-glide',
  impatient: (address, requestTimeout) => () =>
    GlideClient.createClient({ addresses: [address], requestTimeout }),
  single: (address, password) => () =>
    GlideClient.createClient({
      addresses: [address],
      ...(password !== undefined && { credentials: { password } }),
    }),
  cluster: (nodes) => () => GlideClusterClient.createClient({ addresses: [...nodes] }),
}

export const PACKAGES: readonly ClientPackage[] = [NODE_REDIS, IOREDIS, IOVALKEY, GLIDE]
