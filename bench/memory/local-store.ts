import type { SharedStore } from '../../dist/index.js'

/** A shared tier in the memory of this process. Nothing is revoked here, so its log stays empty. */
export function createLocalStore(): SharedStore {
  const values = new Map<string, string>()
  return {
    log: () => ({
      append: async () => '1',
      read: (_after, wait, signal) =>
        new Promise((resolve) => {
          const timer = setTimeout(() => resolve([]), wait)
          signal.addEventListener('abort', () => {
            clearTimeout(timer)
            resolve([])
          })
        }),
      has: async () => true,
      trim: async () => {},
    }),
    add: async (key, value) => !values.has(key) && values.set(key, value) === values,
    get: async (key) => values.get(key),
    set: async (key, value) => void values.set(key, value),
    delete: async (key) => void values.delete(key),
    close() {},
  }
}
