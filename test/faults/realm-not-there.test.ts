import { expect, it } from 'vitest'
import { status } from '../support/faulty-server.ts'
import { ask, startIssuer } from '../support/local-issuer.ts'

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
    issuer.server.on(issuer.metadataPath, status(404))
    const gate = issuer.gate()
    const decision = await ask(gate, await issuer.token())
    expect(decision).toMatchObject({ outcome: 'unavailable', reason: 'discovery_failed' })
    const detail = ('detail' in decision && decision.detail) || ''
    expect(detail).toContain(`${issuer.server.origin}${issuer.metadataPath}: HTTP 404; `)
    expect(detail.endsWith(`: HTTP 404${hint}`)).toBe(true)
  },
)

it('a server that is down is not said to have no such realm', async () => {
  await using issuer = await startIssuer({ path: '/realms/acme' })
  issuer.server.on(issuer.metadataPath, status(503))
  const decision = await ask(issuer.gate(), await issuer.token())
  expect(decision).toMatchObject({ detail: expect.not.stringContaining('Check that') })
})
