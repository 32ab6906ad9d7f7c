import { expect, it } from 'vitest'
import { ask } from '../support/decisions.ts'
import { status } from '../support/issuers/answers.ts'
import { startIssuer } from '../support/issuers/local-issuer.ts'

it.each([
  [
    '/realms/Acme',
    '. Check that the realm "Acme" exists and is spelt like this, upper and lower case included',
  ],
  ['/tenant', '. The server knows no such issuer: check the URL, its path included'],
  ['', '. The server knows no such issuer: check the URL, its path included'],
])(
  'an issuer that the server does not know: %j is told what was asked, what came, what to check',
  async (path, hint) => {
    await using issuer = await startIssuer({ path })
    issuer.discovery.answers(status(404))
    const gate = issuer.gate()
    const decision = await ask(gate, await issuer.token())
    expect(decision).toMatchObject({ outcome: 'unavailable', reason: 'discovery_failed' })
    const detail = ('detail' in decision && decision.detail) || ''
    expect(detail).toContain(`${issuer.discovery.url}: HTTP 404; `)
    expect(detail.endsWith(`: HTTP 404${hint}`)).toBe(true)
  },
)

it('a server that is down is not said to have no such realm', async () => {
  await using issuer = await startIssuer({ path: '/realms/acme' })
  issuer.discovery.answers(status(503))
  const decision = await ask(issuer.gate(), await issuer.token())
  expect(decision).toMatchObject({ detail: expect.not.stringContaining('Check that') })
})
