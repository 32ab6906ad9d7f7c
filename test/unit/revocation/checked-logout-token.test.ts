import { expect, it } from 'vitest'
import { createConfiguredIssuer } from '../../../src/authorization-server/configured-issuer.ts'
import { createHttpClient } from '../../../src/authorization-server/http/http-client.ts'
import { httpSchema } from '../../../src/authorization-server/http/options.ts'
import { authorizationServerSchema } from '../../../src/resource-server/authorization-server-options.ts'
import { checkLogoutToken } from '../../../src/revocation/logout-token.ts'
import { LOGOUT_CLIENT, signLogoutToken } from '../../support/logout-tokens.ts'
import { clock, ISSUER, NOW, rsaKey } from '../../support/tokens.ts'

it('BCL-2: a logout token is remembered as long as it could be accepted', async () => {
  const keys = { keys: [rsaKey.publicKey] }
  const options = authorizationServerSchema.parse({ issuer: ISSUER, keys })
  const http = createHttpClient(httpSchema.parse({}))
  const shared = { where: 'test', allowInsecureHttp: false, http, clock }
  const { server } = createConfiguredIssuer({ path: '', options }, shared)
  const rules = { sources: [{ server, clientIds: [LOGOUT_CLIENT] }], clockTolerance: 5, clock }
  const token = await signLogoutToken({ claims: { exp: NOW + 30, jti: 'one' } })
  const checked = await checkLogoutToken(token, rules)
  expect(checked).toMatchObject({ issuer: ISSUER, id: 'one', until: (NOW + 35) * 1000 })
})
