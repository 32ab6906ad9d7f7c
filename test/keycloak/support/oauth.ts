import { createHash, randomBytes } from 'node:crypto'
import { REDIRECT_URL } from './mcp-client.ts'
import type { Person } from './person.ts'
import { decoded } from './tokens.ts'

type Form = Readonly<Record<string, string>>

/** An answer of Keycloak's: its status, and its JSON. */
export interface Answer {
  readonly status: number
  readonly body: Record<string, unknown>
}

/** A realm, seen by whoever can reach its public endpoints. */
export interface PublicRealm {
  readonly issuer: string
  post(endpoint: string, form: Form): Promise<Answer>
  /** Registers a client, through one of Keycloak's registration endpoints. */
  register(metadata: object, options?: { endpoint?: string; token?: string }): Promise<Answer>
  /**
   * The authorization code grant with PKCE.
   *
   * @param parameters of the authorization request, beside the usual ones; `''` leaves one out
   * @returns the answer of the token endpoint, or `status: 0` with the error of the redirect
   */
  signIn(person: Person, parameters: Form, token?: Form): Promise<Answer>
}

/** @param issuer the realm's URL */
export function publicRealm(issuer: string): PublicRealm {
  const post = async (endpoint: string, form: Form): Promise<Answer> =>
    answerOf(
      await fetch(`${issuer}/protocol/openid-connect/${endpoint}`, {
        method: 'POST',
        body: new URLSearchParams(form),
      }),
    )
  return {
    issuer,
    post,
    register: async (metadata, { endpoint = 'openid-connect', token } = {}) =>
      answerOf(
        await fetch(`${issuer}/clients-registrations/${endpoint}`, {
          method: 'POST',
          headers: {
            'content-type': 'application/json',
            ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
          },
          body: JSON.stringify(metadata),
        }),
      ),
    signIn: async (person, parameters, token = {}) => {
      const verifier = randomBytes(32).toString('base64url')
      const query = withoutEmpty({
        response_type: 'code',
        redirect_uri: REDIRECT_URL,
        code_challenge: createHash('sha256').update(verifier).digest('base64url'),
        code_challenge_method: 'S256',
        ...parameters,
      })
      const start = new URL(`${issuer}/protocol/openid-connect/auth?${new URLSearchParams(query)}`)
      const { searchParams, hash } = await person.openUntil(query.redirect_uri ?? '', start)
      const code = searchParams.get('code')
      if (code === null) {
        const all = searchParams.size > 0 ? searchParams : new URLSearchParams(hash.slice(1))
        return { status: 0, body: Object.fromEntries(all) }
      }
      return post(
        'token',
        withoutEmpty({
          grant_type: 'authorization_code',
          code,
          redirect_uri: query.redirect_uri ?? '',
          client_id: query.client_id ?? '',
          code_verifier: verifier,
          ...(query.resource === undefined ? {} : { resource: query.resource }),
          ...token,
        }),
      )
    },
  }
}

const withoutEmpty = (form: Form): Record<string, string> =>
  Object.fromEntries(Object.entries(form).filter(([, value]) => value !== ''))

async function answerOf(response: Response): Promise<Answer> {
  const text = await response.text()
  let body: Record<string, unknown>
  try {
    body = JSON.parse(text)
  } catch {
    body = { text: text.slice(0, 300) }
  }
  return { status: response.status, body }
}

export const accessTokenOf = ({ status, body }: Answer): string => {
  if (typeof body.access_token === 'string') return body.access_token
  throw new Error(`no token: ${status} ${JSON.stringify(body)}`)
}

export const claimsOf = (answer: Answer): Record<string, unknown> =>
  decoded(accessTokenOf(answer)).claims
