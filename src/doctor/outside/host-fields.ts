import { wellKnownUrl } from '../../metadata/well-known.ts'
import type { Examination } from '../examination.ts'
import { findingOf } from '../finding.ts'
import { isFailure } from './connection-failure.ts'
import { examinationOf, firstRequest, type ObservedServer } from './observed-server.ts'
import type { ProbeAnswer } from './probe.ts'
import { SERVER_FINDINGS } from './server-catalogue.ts'

/** A host that nobody can have (RFC 6761 §6.4). */
const STRANGER = 'doctor-host.invalid'

/** The fields by which a caller can claim another host. */
const TRICKS: readonly (readonly [string, Readonly<Record<string, string>>])[] = [
  ['Host', { host: STRANGER }],
  [
    'X-Forwarded-Host or Forwarded',
    {
      'x-forwarded-host': STRANGER,
      'x-forwarded-server': STRANGER,
      'x-original-host': STRANGER,
      forwarded: `host=${STRANGER};proto=https`,
    },
  ],
]

/** Claims another host, and looks whether the server names it to its clients. @internal */
export function hostFieldsExamination(server: ObservedServer): Examination {
  const { url, probe } = server
  return examinationOf(server, {
    title: 'the fields Host and X-Forwarded-Host',
    code: 'HOST',
    good: () => 'the metadata and the challenge do not change with them',
    async examine(report, signal) {
      const document = server.metadata?.url ?? wellKnownUrl(url)
      for (const [name, headers] of TRICKS) {
        const answers = await Promise.all([
          probe.send({ method: 'GET', url: document, headers }, signal),
          probe.send(firstRequest(url, headers), signal),
        ])
        const places = ['the metadata', 'the challenge'].filter((_, at) => {
          const answer = answers[at]
          return answer !== undefined && !isFailure(answer) && namesStranger(answer)
        })
        if (places.length === 0) continue
        const seen = `${places.join(' and ')} named the host of the field ${name}`
        report(findingOf(SERVER_FINDINGS, 'HOST_TRUSTED', seen))
      }
    },
  })
}

/** Whether clients would take the host from an answer. The page of an error may repeat it. */
function namesStranger({ status, headers, body }: ProbeAnswer): boolean {
  const fields = ['www-authenticate', 'location'].map((name) => headers.get(name) ?? '')
  const document = status === 200 ? Buffer.from(body ?? []).toString('latin1') : ''
  return [...fields, document].some((text) => text.toLowerCase().includes(STRANGER))
}
