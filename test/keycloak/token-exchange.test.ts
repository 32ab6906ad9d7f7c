import { afterAll, afterEach, describe, expect, inject, it } from 'vitest'
import { adminOf } from '../../scripts/keycloak/admin.ts'
import {
  createResourceServer,
  createTokenExchanger,
  type ExchangeTarget,
  type SubjectToken,
  TokenExchangeError,
  type TokenExchangerOptions,
} from '../../src/index.ts'
import { keycloak, keycloakProfile } from '../../src/keycloak/index.ts'
import { changeClient } from './support/changes.ts'
import { RESOURCE, SECRET, SERVER_CLIENT, SERVER_SECRET } from './support/realms.ts'
import { verdict } from './support/resource-servers.ts'
import {
  decoded,
  personToken,
  realmUrl,
  revoke,
  serviceToken,
  signOut,
  type TokenAnswer,
} from './support/tokens.ts'

const API = 'http://127.0.0.1:3002/orders'
const BACKEND = { audience: 'backend-api', scopes: ['backend:read'] } as const
const open: { close(): Promise<void> }[] = []
const undo: (() => Promise<void>)[] = []
const admin = adminOf(inject('keycloakUrl'), inject('administrator'))

afterEach(async () => {
  for (const step of undo.splice(0).reverse()) await step()
})
afterAll(() => Promise.all(open.map((one) => one.close())))

function exchangerOf(options: Partial<TokenExchangerOptions> = {}) {
  const exchanger = createTokenExchanger({
    issuer: realmUrl('main'),
    profile: keycloakProfile,
    clientId: RESOURCE,
    clientSecret: SERVER_SECRET,
    ...options,
  })
  open.push(exchanger)
  return exchanger
}

const subjectOf = ({ access_token }: TokenAnswer): SubjectToken => ({
  token: access_token,
  expiresAt: Number(decoded(access_token).claims.exp),
})

/** The API behind the MCP server, asked with a token. */
async function atBackend(token: string, introspection: boolean): Promise<string> {
  const api = createResourceServer({
    resource: API,
    additionalAudiences: ['backend-api'],
    authorizationServer: keycloak(
      realmUrl('main'),
      introspection
        ? {
            clientId: 'backend-api',
            clientSecret: 'secret-of-the-backend',
            verification: 'introspection',
          }
        : {},
    ),
    requiredScopes: ['backend:read'],
  })
  open.push(api)
  const headers = { authorization: `Bearer ${token}` }
  return verdict(await api.authenticate({ method: 'GET', url: '/orders', headers }))
}

describe('a token for the API behind', () => {
  it.each([
    ['a person', () => personToken('person'), 'alice'],
    [
      'a person, asked for by resource',
      () => personToken('person', { resource: RESOURCE }),
      'alice',
    ],
    ['a service account', () => serviceToken('service'), 'service-account-service'],
  ])('S2 MCP-15: is for that API alone, and for the same user: %s', async (_who, ask, user) => {
    const caller = await ask()
    const { accessToken, scopes } = await exchangerOf().exchange(subjectOf(caller), BACKEND)
    const { claims } = decoded(accessToken)
    expect([claims.aud].flat()).toEqual(['backend-api'])
    expect(claims).toMatchObject({ userLoginId: user, azp: RESOURCE, typ: 'Bearer' })
    expect(claims.sub).toBe(decoded(caller.access_token).claims.sub)
    expect(scopes).toEqual(['backend:read'])
  })

  it.each([
    ['by signature', false, '401 audience_mismatch'],
    ['by introspection', true, '401 token_inactive'],
  ])(
    "S2 MCP-15: the API takes it and refuses the caller's own: %s",
    async (_how, introspection, refusal) => {
      const caller = await personToken('person')
      const { accessToken } = await exchangerOf().exchange(subjectOf(caller), BACKEND)
      expect(await atBackend(accessToken, introspection)).toBe('allowed')
      expect(await atBackend(caller.access_token, introspection)).toBe(refusal)
    },
  )

  it('S2 MCP-14: opens nothing at the MCP server itself', async () => {
    const { accessToken } = await exchangerOf().exchange(
      subjectOf(await personToken('person')),
      BACKEND,
    )
    const gate = createResourceServer({
      resource: RESOURCE,
      authorizationServer: keycloak(realmUrl('main')),
    })
    open.push(gate)
    await expect(gate.verify(accessToken)).rejects.toMatchObject({ reason: 'audience_mismatch' })
  })

  it('S2: is not given out again for a caller who comes with another token', async () => {
    const exchanger = exchangerOf()
    const [alice, bob] = await Promise.all([
      personToken('person'),
      personToken('person', { user: 'bob' }),
    ])
    const [ofAlice, again, ofBob] = [
      await exchanger.exchange(subjectOf(alice), BACKEND),
      await exchanger.exchange(subjectOf(alice), BACKEND),
      await exchanger.exchange(subjectOf(bob), BACKEND),
    ]
    expect(again.accessToken).toBe(ofAlice.accessToken)
    expect(decoded(ofBob.accessToken).claims.userLoginId).toBe('bob')
  })
})

interface Refused {
  readonly token?: () => Promise<TokenAnswer>
  readonly target?: ExchangeTarget
  readonly options?: () => Partial<TokenExchangerOptions>
  readonly before?: () => Promise<() => Promise<void>>
}

/** The refusal, what the caller is told, and the code that Keycloak gave. */
type Expected = readonly [reason: string, status: number | undefined, code: string]

const ended = async (): Promise<TokenAnswer> => {
  const answer = await personToken('person')
  await signOut('person', answer)
  return answer
}
const revoked = async (): Promise<TokenAnswer> => {
  const answer = await serviceToken('service')
  await revoke('service', answer.access_token, SECRET)
  return answer
}
const expired = async (): Promise<TokenAnswer> => {
  const answer = await serviceToken('short-lived')
  const { exp } = decoded(answer.access_token).claims
  await new Promise((resolve) => setTimeout(resolve, Number(exp) * 1000 - Date.now() + 1500))
  return answer
}
const inTwoAudiences = () => ({ issuer: realmUrl('two-audiences'), clientId: SERVER_CLIENT })
/** The user is asked about the scope, and the client that exchanges has never asked. */
const wantingConsent = async (): Promise<() => Promise<void>> => {
  const client = await changeClient(admin, 'main', RESOURCE, () => ({ consentRequired: true }))
  const path = '/main/client-scopes'
  const scopes = (await admin.call('GET', path)) as ScopeRepresentation[]
  const scope = scopes.find(({ name }) => name === 'backend:read')
  if (scope === undefined) throw new Error('no scope backend:read')
  const shown = { ...scope.attributes, 'display.on.consent.screen': 'true' }
  await admin.call('PUT', `${path}/${scope.id}`, { ...scope, attributes: shown })
  return async () => {
    await admin.call('PUT', `${path}/${scope.id}`, scope)
    await client()
  }
}
interface ScopeRepresentation {
  readonly id: string
  readonly name: string
  readonly attributes: Readonly<Record<string, string>>
}

const notInAudience: Expected = ['exchange_not_permitted', undefined, 'access_denied']
const notOn: Expected = ['exchange_not_permitted', undefined, 'invalid_request']
const badToken: Expected = ['subject_token_refused', 401, 'invalid_request']

const refused: readonly [string, Refused, Expected][] = [
  [
    'a token that does not name the exchanging client',
    { token: () => personToken('elsewhere') },
    notInAudience,
  ],
  ['a lightweight token', { token: () => personToken('lightweight') }, notInAudience],
  [
    'a client without the capability',
    { options: inTwoAudiences, token: () => serviceToken('service', { realm: 'two-audiences' }) },
    notOn,
  ],
  [
    'an audience that is no client',
    { target: { ...BACKEND, audience: 'nobody' } },
    ['target_refused', undefined, 'invalid_client'],
  ],
  [
    'an audience that the scope does not bring',
    { target: { ...BACKEND, audience: 'person' } },
    ['target_refused', undefined, 'invalid_request'],
  ],
  [
    'an audience without the scope that brings it',
    { target: { audience: 'backend-api' } },
    ['target_refused', undefined, 'invalid_request'],
  ],
  [
    'a scope that nobody knows',
    { target: { audience: 'backend-api', scopes: ['backend:write'] } },
    ['scope_refused', 403, 'invalid_scope'],
  ],
  [
    'a scope that the exchanging client is not given',
    { target: { audience: 'backend-api', scopes: ['mcp:write'] } },
    ['scope_refused', 403, 'invalid_scope'],
  ],
  [
    'a scope that the user would have to consent to',
    { before: wantingConsent },
    ['consent_required', 403, 'invalid_scope'],
  ],
  ['a token that has expired', { token: expired }, badToken],
  ['a token whose session has ended', { token: ended }, badToken],
  ['a token that was revoked', { token: revoked }, badToken],
  [
    'a wrong secret',
    { options: () => ({ clientSecret: 'wrong' }) },
    ['client_refused', undefined, 'unauthorized_client'],
  ],
  [
    'an unknown client',
    { options: () => ({ clientId: 'unknown' }) },
    ['client_refused', undefined, 'invalid_client'],
  ],
]

describe('a refusal says what is to be done about it', () => {
  it.each(refused)('S2: %s', async (_what, { token, target, options, before }, expected) => {
    const subject = subjectOf(await (token ?? (() => personToken('person')))())
    if (before !== undefined) undo.push(await before())
    const failure = await exchangerOf(options?.())
      .exchange(subject, target ?? BACKEND)
      .then(
        () => new Error('it was exchanged'),
        (error: unknown) => error,
      )
    if (!(failure instanceof TokenExchangeError)) throw failure
    const [, code] = /error "([a-z_]+)"/.exec(failure.message) ?? []
    expect([failure.reason, failure.challenge?.status, code]).toEqual(expected)
    if (expected[1] === 403) {
      expect(failure.challenge?.requiredScopes).toEqual((target ?? BACKEND).scopes)
    }
  })
})
