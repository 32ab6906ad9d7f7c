import type { Examination, Report } from '../examination.ts'
import { findingOf, goodFinding } from '../finding.ts'
import { type Challenge, readChallenges } from './challenges.ts'
import type { JsonDocument } from './json-document.ts'
import type { Probe, ProbeAnswer, ProbeRequest } from './probe.ts'
import { SERVER_FINDINGS } from './server-catalogue.ts'

/** The server under examination, and what earlier examinations have seen of it. @internal */
export interface ObservedServer {
  /** The URL as the user wrote it. */
  readonly url: string
  readonly probe: Probe
  /** The origin of web pages that must be able to use the server; `undefined` if none must. */
  readonly origin: string | undefined
  readonly allowInsecureHttp: boolean
  /** The issuers of the server's configuration; `undefined` if it is not known. */
  readonly configuredIssuers: readonly string[] | undefined
  /** An access token that the server should accept. */
  readonly token: string | undefined
  /** The answer to a request without a token; `undefined` while there is none. */
  answer?: ProbeAnswer
  /** The metadata of the server, and its URL; `undefined` while it was not read. */
  metadata?: { readonly url: string; readonly members: JsonDocument }
  /** The authorization servers that the metadata names, and that may be called. */
  issuers: readonly string[]
  /** The metadata of the authorization servers whose issuer is right, by the issuer. */
  readonly issuerMetadata: Map<string, JsonDocument>
}

/** The challenges of an answer. @internal */
export function challengesOf(answer: ProbeAnswer | undefined): readonly Challenge[] {
  return readChallenges(answer?.headers.get('www-authenticate'))
}

/** What a client sends first. It changes nothing on the server but for a session that soon ends. */
const INITIALIZE = JSON.stringify({
  jsonrpc: '2.0',
  id: 1,
  method: 'initialize',
  params: {
    protocolVersion: '2025-11-25',
    capabilities: {},
    clientInfo: { name: 'mcp-resource-server-doctor', version: '1' },
  },
})

/** The first request of an MCP client. @internal */
export function firstRequest(
  url: string,
  headers: Readonly<Record<string, string>> = {},
): ProbeRequest {
  return {
    method: 'POST',
    url,
    headers: {
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
      ...headers,
    },
    body: INITIALIZE,
  }
}

/** Whether an answer is that of an MCP server to a caller whom it lets in. @internal */
export function letsIn({ status, headers }: ProbeAnswer): boolean {
  const type = headers.get('content-type')?.toLowerCase() ?? ''
  return status >= 200 && status < 300 && /^(?:application\/json|text\/event-stream)/.test(type)
}

/** What an examination of the server says. @internal */
export interface ServerExamination {
  readonly title: string
  /** The code of the finding if everything is right. */
  readonly code: string
  /** Whether it makes sense after what was found before. Without it, whenever the server answers. */
  readonly isNeeded?: () => boolean
  readonly examine: (report: Report, signal: AbortSignal) => Promise<void>
  /** What was seen if everything is right. */
  readonly good: () => string
}

/** Makes an examination that says so if it has found nothing wrong. @internal */
export function examinationOf(server: ObservedServer, given: ServerExamination): Examination {
  const { title, code, examine, good, isNeeded = () => server.answer !== undefined } = given
  return {
    title,
    isNeeded,
    async examine(report, signal) {
      let found = false
      const before = server.probe.unanswered.length
      await examine((finding) => {
        found = true
        report(finding)
      }, signal)
      if (found || signal.aborted) return
      const [call] = server.probe.unanswered.slice(before)
      report(
        call === undefined
          ? goodFinding(code, good())
          : findingOf(SERVER_FINDINGS, 'CALL_NOT_ANSWERED', `${title}: ${call}`),
      )
    },
  }
}
