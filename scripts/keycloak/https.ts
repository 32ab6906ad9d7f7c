import { writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** What https needs, in PEM form. */
export interface HttpsCertificates {
  /** The certificate of Keycloak for `localhost`, and its key. */
  readonly cert: string
  readonly key: string
  /** The authority of the certificates that clients may show. */
  readonly clientAuthority: string
}

/**
 * Writes the certificates into a folder.
 *
 * @param seen the folder's path as Keycloak sees it
 * @returns the arguments for Keycloak
 */
export function httpsArguments(
  { cert, key, clientAuthority }: HttpsCertificates,
  folder: string,
  seen: string = folder,
): readonly string[] {
  const files = {
    'https-certificate-file': ['server.pem', cert],
    'https-certificate-key-file': ['server-key.pem', key],
    'https-trust-store-file': ['clients.pem', clientAuthority],
  } as const
  return Object.entries(files).map(([option, [name, content]]) => {
    writeFileSync(join(folder, name), content)
    return `--${option}=${join(seen, name)}`
  })
}
