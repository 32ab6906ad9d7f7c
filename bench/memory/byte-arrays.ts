import { closeSync, openSync, writeSync } from 'node:fs'
import { Session } from 'node:inspector'

/**
 * Writes the bytes of every living `Uint8Array`, such as a `Buffer`, to a file. A heap snapshot has only the
 * text of strings. @returns how many bytes there were
 */
export function writeByteArrays(file: string): number {
  const session = new Session()
  const descriptor = openSync(file, 'w')
  session.connect()
  let bytes = 0
  const found: { arrays: readonly Uint8Array[] } = { arrays: [] }
  const holder = globalThis as { foundByteArrays?: typeof found }
  holder.foundByteArrays = found
  try {
    session.post('Runtime.evaluate', { expression: 'Uint8Array.prototype' }, (_, prototype) => {
      const prototypeObjectId = String(prototype.result.objectId)
      session.post('Runtime.queryObjects', { prototypeObjectId }, (_, { objects }) => {
        session.post('Runtime.callFunctionOn', {
          objectId: String(objects.objectId),
          functionDeclaration:
            'function () { globalThis.foundByteArrays.arrays = this.filter((one) => ArrayBuffer.isView(one)) }',
        })
      })
    })
    for (const array of found.arrays) {
      writeSync(descriptor, array)
      writeSync(descriptor, '\n')
      bytes += array.byteLength
    }
  } finally {
    delete holder.foundByteArrays
    session.disconnect()
    closeSync(descriptor)
  }
  return bytes
}
