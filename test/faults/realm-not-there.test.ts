import { expect, it } from 'vitest'
import { keycloakProfile } from '../../src/keycloak/profile.ts'
import { rfc9068Profile } from '../../src/token/rfc9068.ts'
import { ask } from '../support/decisions.ts'
import { status } from '../support/issuers/answers.ts'
import { startIssuer } from '../support/issuers/local-issuer.ts'

const ANY =
  '. The server has no metadata for this issuer: check the whole URL of the issuer, including its path'

it.each([
  [
    '/realms/Acme',
    keycloakProfile,
    '. Check that the realm "Acme" exists and is spelt like this, upper and lower case included',
  ],
  ['/realms/Acme', rfc9068Profile, ANY],
  ['/tenant', keycloakProfile, ANY],
  ['/tenant', rfc9068Profile, ANY],
  ['', rfc9068Profile, ANY],
])(
  'for an unknown issuer %j the detail has the URL, the answer, and what to check',
  async (path, profile, hint) => {
    await using issuer = await startIssuer({ path })
    issuer.discovery.answers(status(404))
    const gate = issuer.gate({ profile })
    const decision = await ask(gate, await issuer.token({ typ: 'Bearer' }))
    expect(decision).toMatchObject({ outcome: 'unavailable', reason: 'discovery_failed' })
    const detail = ('detail' in decision && decision.detail) || ''
    expect(detail).toContain(`${issuer.discovery.url}: HTTP 404; `)
    expect(detail.endsWith(`: HTTP 404${hint}`)).toBe(true)
  },
)

it('for a server that is down the detail does not say that the realm is missing', async () => {
  await using issuer = await startIssuer({ path: '/realms/acme' })
  issuer.discovery.answers(status(503))
  const decision = await ask(
    issuer.gate({ profile: keycloakProfile }),
    await issuer.token({ typ: 'Bearer' }),
  )
  expect(decision).toMatchObject({ detail: expect.not.stringContaining('Check that') })
})
