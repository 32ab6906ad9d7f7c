import { createReadStream } from 'node:fs'

/** A part of this length is enough to recognise a secret. No two secrets share so long a random part. */
const WINDOW = 24
const BASE64URL = /[\w-]{24,}/g

/**
 * Finds secrets in a file, whole or in part.
 *
 * Every stretch of base64url in the file is compared with every part of the secrets that is 24 characters
 * long, at every offset. So a copy that was cut, or that is the middle of another text, is found too.
 *
 * @param secrets texts of base64url, such as the payload and the signature of a JWT
 * @returns the secrets that were found
 */
export async function findSecrets(
  file: string,
  secrets: readonly string[],
): Promise<ReadonlySet<string>> {
  const windows = new Map<string, string | undefined>()
  // What several secrets share, such as the issuer, is no part of one secret.
  const note = (window: string, secret: string): void => {
    const same = !windows.has(window) || windows.get(window) === secret
    windows.set(window, same ? secret : undefined)
  }
  for (const secret of secrets) {
    // Every offset of the file is searched, so only every 24th part of the secret is needed, and its end.
    for (let at = 0; at + WINDOW <= secret.length; at += WINDOW) {
      note(secret.slice(at, at + WINDOW), secret)
    }
    note(secret.slice(-WINDOW), secret)
  }
  const found = new Set<string>()
  let rest = ''
  for await (const chunk of createReadStream(file, {
    encoding: 'latin1',
    highWaterMark: 1 << 20,
  })) {
    // In two-byte text each second byte is 0.
    const text = rest + chunk.replaceAll('\0', '')
    for (const [stretch] of text.matchAll(BASE64URL)) {
      for (let at = 0; at + WINDOW <= stretch.length; at += 1) {
        const secret = windows.get(stretch.slice(at, at + WINDOW))
        if (secret !== undefined) found.add(secret)
      }
    }
    rest = text.slice(-WINDOW)
  }
  return found
}
