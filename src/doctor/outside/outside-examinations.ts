import type { Examination } from '../examination.ts'
import type { ZoneOf } from './address-zone.ts'
import { examineBrowsers } from './browsers.ts'
import { examineChallenge } from './challenge.ts'
import { examineDpop } from './dpop.ts'
import { examineForgedTokens } from './forged-token.ts'
import { examineHostFields } from './host-fields.ts'
import { examineIssuers } from './issuer-metadata.ts'
import { examineNeighbours } from './neighbours.ts'
import type { ObservedServer } from './observed-server.ts'
import { examineOwnToken } from './own-token.ts'
import { createProbe } from './probe.ts'
import { examineResourceMembers } from './resource-members.ts'
import { examineResourceMetadata } from './resource-metadata.ts'

/** @internal */
export interface OutsideOptions {
  /** The URL of the MCP server, exactly as clients use it. It must be an http or https URL. */
  readonly url: string
  /** The origin of web pages that must be able to use the server. */
  readonly origin?: string | undefined
  /** The issuers of the server's configuration; `undefined` if it is not known. */
  readonly configuredIssuers?: readonly string[] | undefined
  /** An access token that the server should accept. */
  readonly token?: string | undefined
  readonly allowInsecureHttp: boolean
  /** Longest time of one call, in milliseconds. */
  readonly callTimeout: number
  /** Tells the zone of an IP address. Tests have their own. */
  readonly zoneOf?: ZoneOf | undefined
}

/** @internal */
export interface OutsideExaminations {
  readonly examinations: readonly Examination[]
  /** Whether the server has answered at all. */
  readonly hasAnswered: () => boolean
  /** Closes the connections. */
  close(): Promise<void>
}

/** Makes the examinations of a server from outside, as a client sees it, in their order. @internal */
export function createOutsideExaminations(options: OutsideOptions): OutsideExaminations {
  const { url, origin, token, allowInsecureHttp, callTimeout: timeout, zoneOf } = options
  const probe = createProbe({ url, timeout, zoneOf })
  const server: ObservedServer = {
    url,
    probe,
    origin,
    token,
    allowInsecureHttp,
    configuredIssuers: options.configuredIssuers,
    issuers: [],
    issuerMetadata: new Map(),
  }
  return {
    examinations: [
      examineChallenge,
      examineResourceMetadata,
      examineResourceMembers,
      examineIssuers,
      examineDpop,
      examineForgedTokens,
      examineNeighbours,
      examineHostFields,
      examineBrowsers,
      examineOwnToken,
    ].map((make) => make(server)),
    hasAnswered: () => server.answer !== undefined,
    close: () => probe.close(),
  }
}
