import type { ResourceServerOptions } from '../../resource-server/options.ts'
import type { Examination } from '../examination.ts'
import { clockExamination } from './examine-clock.ts'
import { introspectionExamination } from './examine-introspection.ts'
import { keycloakExamination } from './examine-keycloak.ts'
import { keysExamination } from './examine-keys.ts'
import { logoutExamination } from './examine-logout.ts'
import { metadataExamination } from './examine-metadata.ts'
import { registrationExamination } from './examine-registration.ts'
import { streamExamination } from './examine-stream.ts'
import { givenTokenExamination, ownTokenExamination } from './examine-token.ts'
import { createInsideServer } from './inside-server.ts'

/** What the doctor needs to look at a server from inside. @internal */
export interface InsideConfiguration {
  /** The options of the server, as for `createResourceServer`. */
  readonly options: ResourceServerOptions
  /** An access token that the server should accept. */
  readonly token?: string | undefined
  /**
   * Whether the doctor may try to register a client at the authorization server. A client that is
   * registered is deleted again.
   *
   * @defaultValue `false`
   */
  readonly tryRegistration?: boolean | undefined
}

/** The examinations from inside. @internal */
export interface InsideExaminations {
  readonly examinations: readonly Examination[]
  /** Closes the connections. Call it after the last examination, also if one was not made. */
  close(): Promise<void>
}

/**
 * Makes the examinations of a server's authorization servers, with the configuration and the credentials
 * of the server itself.
 *
 * @throws {TypeError} naming the option that is wrong
 * @internal
 */
export function createInsideExaminations({
  options,
  token,
  tryRegistration = false,
}: InsideConfiguration): InsideExaminations {
  const server = createInsideServer(options)
  return {
    examinations: [
      ...server.issuers.flatMap((issuer) => [
        metadataExamination(issuer),
        keysExamination(issuer),
        introspectionExamination(issuer),
        clockExamination(issuer),
        keycloakExamination(issuer),
        ownTokenExamination(server, issuer),
        logoutExamination(issuer),
        streamExamination(issuer),
        registrationExamination(issuer, tryRegistration),
      ]),
      ...(token === undefined ? [] : [givenTokenExamination(server, token)]),
    ],
    close: () => server.http.close(),
  }
}
