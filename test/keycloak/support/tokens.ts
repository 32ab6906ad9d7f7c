import { importJWK, SignJWT } from 'jose'
import { inject } from 'vitest'
import { createDpopKey } from '../../../src/testing/index.ts'
import { SECRET } from './realms.ts'

/** What Keycloak's token endpoint gives. */
export interface TokenAnswer {
  readonly access_token: string
  readonly refresh_token?: string
  readonly id_token?: string
  readonly token_type: string
  readonly scope: string
}

export const realmUrl = (realm: string): string => `${inject('keycloakUrl')}/realms/${realm}`

const endpoint = (realm: string, name: string): string =>
  `${realmUrl(realm)}/protocol/openid-connect/${name}`

type Form = Readonly<Record<string, string>>

async function post(url: string, form: Form, headers: Form = {}): Promise<Response> {
  return fetch(url, { method: 'POST', headers, body: new URLSearchParams(form) })
}

/** Asks the token endpoint; throws what Keycloak says where it gives no token. */
export async function requestToken(
  realm: string,
  form: Form,
  headers: Form = {},
): Promise<TokenAnswer> {
  const answer = await post(endpoint(realm, 'token'), form, headers)
  const body = await answer.text()
  if (!answer.ok) throw new Error(`HTTP ${answer.status} ${body}`)
  return JSON.parse(body)
}

/** The password grant, in place of the login form. */
export const personToken = (
  clientId: string,
  { realm = 'main', user = 'alice', ...more }: { realm?: string; user?: string } & Form = {},
): Promise<TokenAnswer> =>
  requestToken(realm, {
    grant_type: 'password',
    client_id: clientId,
    username: user,
    password: `password-of-${user}`,
    ...more,
  })

/** The client credentials grant. */
export const serviceToken = (
  clientId: string,
  { realm = 'main', ...more }: { realm?: string } & Form = {},
  headers: Form = {},
): Promise<TokenAnswer> =>
  requestToken(
    realm,
    { grant_type: 'client_credentials', client_id: clientId, client_secret: SECRET, ...more },
    headers,
  )

/** The client credentials grant with an assertion that the client signs (RFC 7523). */
export async function assertedToken(): Promise<TokenAnswer> {
  const jwk = inject('clientKey')
  const assertion = await new SignJWT({})
    .setProtectedHeader({ alg: 'ES256', kid: jwk.kid ?? '' })
    .setIssuer('private-key')
    .setSubject('private-key')
    .setAudience(realmUrl('main'))
    .setJti(crypto.randomUUID())
    .setIssuedAt()
    .setExpirationTime('1m')
    .sign(await importJWK(jwk, 'ES256'))
  return requestToken('main', {
    grant_type: 'client_credentials',
    client_id: 'private-key',
    client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
    client_assertion: assertion,
  })
}

/** The client credentials grant with a DPoP proof: any client that sends one gets a bound token. */
export async function boundToken(clientId: string, realm = 'main'): Promise<TokenAnswer> {
  const key = await createDpopKey()
  const proof = await key.proof({ url: endpoint(realm, 'token') })
  return serviceToken(clientId, { realm }, { DPoP: proof })
}

/** Ends the session that a token belongs to. */
export async function signOut(
  clientId: string,
  { refresh_token = '' }: TokenAnswer,
): Promise<void> {
  const answer = await post(endpoint('main', 'logout'), { client_id: clientId, refresh_token })
  if (!answer.ok) throw new Error(`HTTP ${answer.status} ${await answer.text()}`)
}

/** Revokes one access token (RFC 7009). */
export async function revoke(clientId: string, token: string, secret?: string): Promise<void> {
  const answer = await post(endpoint('main', 'revoke'), {
    client_id: clientId,
    ...(secret === undefined ? {} : { client_secret: secret }),
    token,
  })
  if (!answer.ok) throw new Error(`HTTP ${answer.status} ${await answer.text()}`)
}

/** Header and claims, unverified: what there is to be seen. */
export function decoded(token: string): {
  header: Record<string, unknown>
  claims: Record<string, unknown>
} {
  const [header = '', claims = ''] = token.split('.')
  const parse = (part: string) => JSON.parse(Buffer.from(part, 'base64url').toString('utf8'))
  return { header: parse(header), claims: parse(claims) }
}
