import type { Examination } from '../examination.ts'
import type { ZoneOf } from './address-zone.ts'
import { browsersExamination } from './browsers.ts'
import { challengeExamination } from './challenge.ts'
import { dpopExamination } from './dpop.ts'
import { forgedTokensExamination } from './forged-token.ts'
import { givenTokenExamination } from './given-token.ts'
import { hostFieldsExamination } from './host-fields.ts'
import { issuersExamination } from './issuer-metadata.ts'
import { neighboursExamination } from './neighbours.ts'
import type { ObservedServer } from './observed-server.ts'
import { createProbe } from './probe.ts'
import { resourceMembersExamination } from './resource-members.ts'
import { resourceMetadataExamination } from './resource-metadata.ts'

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
      challengeExamination,
      resourceMetadataExamination,
      resourceMembersExamination,
      issuersExamination,
      dpopExamination,
      forgedTokensExamination,
      neighboursExamination,
      hostFieldsExamination,
      browsersExamination,
      givenTokenExamination,
    ].map((make) => make(server)),
    hasAnswered: () => server.answer !== undefined,
    close: () => probe.close(),
  }
}
