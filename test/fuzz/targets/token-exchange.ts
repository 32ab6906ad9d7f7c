import fc from 'fast-check'
import { createTokenExchanger, TokenExchangeError, UnavailableError } from '../../../src/index.ts'
import type { Edit } from '../../support/mutators/edit.ts'
import { mutateDocument } from '../../support/mutators/mutate-token.ts'
import { clock, ISSUER, NOW, signToken } from '../../support/tokens.ts'
import { edits } from '../support/arbitraries.ts'
import { check, checkKeepsSecrets, watchEvents } from '../support/properties.ts'
import { isStrictJson, parsed } from '../support/strict-json.ts'
import type { Target } from '../support/target.ts'
import { CLIENT, Upstream } from '../support/upstream.ts'

const ENDPOINT = `${ISSUER}/token`
const EXCHANGED = 'exchanged-token-of-alice-0123456789'
const ACCESS_TOKEN = 'urn:ietf:params:oauth:token-type:access_token'
const ANSWER = {
  access_token: EXCHANGED,
  issued_token_type: ACCESS_TOKEN,
  token_type: 'Bearer',
  expires_in: 300,
  scope: 'files:read',
}
const REFUSAL = { error: 'invalid_grant', error_description: 'Token is not active' }
const DONOR = {
  issued_token_type: 'urn:ietf:params:oauth:token-type:refresh_token',
  token_type: 'DPoP',
  expires_in: -1,
  scope: ['files:read'],
  access_token: '',
  error: 'access_denied',
  refresh_token: EXCHANGED,
}

/**
 * Damaged answers to a token exchange (RFC 8693 §2.2) with every status. A token comes only from a right answer
 * with the status 200. Everything else is one of two documented errors, and a redirect leads nowhere.
 */
export const tokenExchange: Target<Input> = {
  name: 'token-exchange',
  executions: 1500,
  inputs: fc.record({
    status: fc.constantFrom(200, 200, 200, 200, 201, 204, 302, 307, 400, 401, 403, 404, 429, 500),
    refused: fc.boolean(),
    edits: edits(3, 0),
  }),
  async start() {
    const subject = await signToken()
    const secrets = [subject, CLIENT.clientSecret, EXCHANGED]
    const checkEvents = watchEvents()
    return async ({ status, refused, edits: changes }) => {
      const upstream = new Upstream()
      const body = mutateDocument(refused ? REFUSAL : ANSWER, changes, DONOR)
      upstream.replies = { '/token': { body, status, location: 'https://evil.example/token' } }
      const { clientId, clientSecret } = CLIENT
      const exchanger = createTokenExchanger({
        issuer: ISSUER,
        endpoint: ENDPOINT,
        clientId,
        clientSecret,
        clock,
        http: { fetch: upstream.fetch },
      })
      const target = { audience: 'files', scopes: ['files:read'] }
      try {
        const token = await exchanger.exchange({ token: subject, expiresAt: NOW + 300 }, target)
        check(status === 200 && isStrictJson(body), 'a token from a bad answer', { status, body })
        checkRight(parsed(body) as Members, token.accessToken, token.expiresAt)
        check(
          token.scopes.every(
            (scope) => typeof scope === 'string' && scope !== '' && !scope.includes(' '),
          ),
          'scopes',
          token.scopes,
        )
      } catch (error) {
        const documented = error instanceof TokenExchangeError || error instanceof UnavailableError
        if (!documented) throw error
        const { message, stack } = error
        checkKeepsSecrets('the error', [message, stack], secrets)
        if (error instanceof TokenExchangeError) {
          check([400, 401, 403].includes(status), 'a refusal with this status', status)
        }
      }
      check(
        upstream.asked.length > 0 && upstream.asked.every((url) => url === ENDPOINT),
        'other URLs',
        upstream.asked,
      )
      await exchanger.close()
      checkEvents(secrets)
    }
  },
}

type Members = Readonly<Record<string, unknown>>

/** Checks an accepted answer by rules that are written here a second time. */
function checkRight(answer: Members, accessToken: string, expiresAt: number): void {
  const { access_token, token_type, expires_in, issued_token_type = ACCESS_TOKEN } = answer
  check(accessToken === access_token && accessToken !== '', 'access_token', access_token)
  check(/^bearer$/i.test(String(token_type)), 'token_type', token_type)
  check(
    issued_token_type === ACCESS_TOKEN ||
      issued_token_type === ACCESS_TOKEN.replace('access_token', 'jwt'),
    'issued_token_type',
    issued_token_type,
  )
  check(typeof expires_in === 'number' && expires_in >= 0, 'expires_in', expires_in)
  check(expiresAt === NOW + expires_in, 'expiresAt', expiresAt)
}

interface Input {
  readonly status: number
  readonly refused: boolean
  readonly edits: readonly Edit[]
}
