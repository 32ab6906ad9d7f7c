import type { Mutant } from './mutants-list.ts'

const STORE = 'src/storage/redis/redis-store.ts'
const LOG = 'src/storage/redis/redis-log.ts'
const CLIENT = 'src/storage/redis/redis-client.ts'
const CONNECTION = 'src/storage/redis/redis-connection.ts'
const LINK = 'src/storage/redis/redis-link.ts'
const ERROR = 'src/storage/redis/redis-store-error.ts'

/** Checks of the shared store on Redis and Valkey. */
export const REVOCATION_REDIS_MUTANTS: readonly Mutant[] = [
  {
    name: 'Redis: a used id can be added again',
    file: STORE,
    find: "value, 'NX', 'PX'",
    replace: "value, 'PX'",
  },
  {
    name: 'Redis: an id whose time is over is added twice',
    file: STORE,
    find: 'if (life <= 0) return false',
    replace: 'if (life <= 0) return true',
  },
  {
    name: 'Redis: a read without a wait waits for ever',
    file: LOG,
    find: 'if (!(wait > 0)) {',
    replace: 'if (wait > 9e15) {',
  },
  {
    name: 'Redis: a replica that is behind is asked',
    file: CLIENT,
    find: 'client.sendCommand?.(key, false, args)',
    replace: 'client.sendCommand?.(key, true, args)',
  },
  {
    name: 'Redis: a connection that hangs is used again',
    file: CONNECTION,
    find: 'if (!isReply(error) || servesNoWrites(error)) link.retire()',
    replace: 'if (servesNoWrites(error)) link.retire()',
  },
  {
    name: 'Redis: a master that became a replica is used again',
    file: CONNECTION,
    find: 'if (!isReply(error) || servesNoWrites(error)) link.retire()',
    replace: 'if (!isReply(error)) link.retire()',
  },
  {
    name: 'Redis: a lost connection connects again, and nobody learns of the gap',
    file: LINK,
    find: 'onLost: () => this.close(),',
    replace: 'onLost: () => {},',
  },
  {
    name: 'Redis: the message of the client, with addresses and passwords, is passed on',
    file: ERROR,
    find: 'error instanceof Error ? error.name : typeof error',
    replace: 'error instanceof Error ? error.message : typeof error',
  },
]
