/**
 * Keeps the DPoP key in IndexedDB. Only IndexedDB can store a private key that cannot be exported: web
 * storage holds nothing but text.
 */
import { type DpopKeyPair, generateDpopKeyPair } from '@modelcontextprotocol/client'

const STORE = 'keys'
const KEY = 'dpop'

/** The key of this page's origin, the same after the browser comes back from the authorization server. */
export async function dpopKeyPair(): Promise<DpopKeyPair> {
  const database = await open()
  const stored = await done<DpopKeyPair | undefined>(
    database.transaction(STORE).objectStore(STORE).get(KEY),
  )
  if (stored !== undefined) return stored
  const made = await generateDpopKeyPair()
  await done(database.transaction(STORE, 'readwrite').objectStore(STORE).put(made, KEY))
  return made
}

function open(): Promise<IDBDatabase> {
  const request = indexedDB.open('mcp-client', 1)
  request.onupgradeneeded = () => request.result.createObjectStore(STORE)
  return done(request)
}

function done<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result)
    request.onerror = () => reject(request.error)
  })
}
