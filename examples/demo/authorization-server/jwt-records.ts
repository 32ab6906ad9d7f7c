import { createHmac } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { compactVerify, createLocalJWKSet, type JWK } from 'jose'
import type Provider from 'oidc-provider'
import type { AccessToken, AdapterPayload, ClientCredentials, JWTStructured } from 'oidc-provider'
import { endpointOf } from './request-log.ts'
import { publicHalf } from './signing-keys.ts'

/**
 * Introspection and revocation of JWT access tokens. oidc-provider does not have this: it does not
 * store JWTs, and its endpoints refuse everything that looks like a JWT.
 *
 * For each issued JWT, a record is stored with the opaque tokens. The name of the record is made from
 * the `jti`. When one of the two endpoints gets a JWT with our signature, the JWT is replaced by the
 * name of its record. oidc-provider then treats it as an opaque token: it authenticates the client,
 * applies its policy, checks the expiry, and answers or deletes the record.
 *
 * The name is a keyed hash, so that a `jti` from a log is not a token.
 */
export class JwtRecords {
  readonly #secret: string

  constructor(secret: string) {
    this.#secret = secret
  }

  /** Stores a record. Call it for every JWT access token, before it is signed. */
  async remember(token: AccessToken | ClientCredentials, jwt: JWTStructured): Promise<void> {
    const { jti, sub, iat, exp } = jwt.payload as Record<'jti' | 'sub', string> &
      Record<'iat' | 'exp', number>
    const model = token.constructor as unknown as { IN_PAYLOAD: string[] }
    const held = Object.entries(token).filter(([member]) => model.IN_PAYLOAD.includes(member))
    const record: AdapterPayload = {
      ...Object.fromEntries(held),
      jti: this.#name(jti),
      iat,
      exp,
      // A client's opaque token has no subject. A client's JWT names the client (RFC 9068 §2.2).
      ...(token.kind === 'ClientCredentials' ? { extra: { sub } } : {}),
    }
    await token.adapter.upsert(this.#name(jti), record, exp - Math.floor(Date.now() / 1000))
  }

  /** Adds a middleware in front of the two endpoints. */
  serve(provider: Provider, keys: readonly JWK[]): void {
    const keySet = createLocalJWKSet({ keys: keys.map(publicHalf) })
    provider.use(async (ctx, next) => {
      const endpoint = endpointOf(ctx.path)
      if (ctx.method !== 'POST' || !['introspection', 'revocation'].includes(endpoint)) {
        return next()
      }
      const form = new URLSearchParams(await text(ctx.req))
      const token = form.get('token') ?? ''
      let jti: string | undefined
      if (token.split('.').length === 3) {
        jti = await this.#jtiOf(token, provider.issuer, keySet)
        // A JWT of another issuer is an unknown token: inactive, and nothing to revoke.
        form.set('token', jti === undefined ? 'unknown' : this.#name(jti))
      }
      ctx.req = withBody(ctx.req, form.toString())
      ctx.request.req = ctx.req
      await next()

      const answer = ctx.body as { active?: boolean; jti?: string } | undefined
      if (jti !== undefined && answer?.active === true) answer.jti = jti
    })
  }

  async #jtiOf(token: string, issuer: string, keySet: ReturnType<typeof createLocalJWKSet>) {
    try {
      const { payload, protectedHeader } = await compactVerify(token, keySet)
      const claims = JSON.parse(new TextDecoder().decode(payload)) as { iss: string; jti: string }
      return protectedHeader.typ === 'at+jwt' && claims.iss === issuer ? claims.jti : undefined
    } catch {
      return undefined
    }
  }

  #name(jti: string): string {
    return createHmac('sha256', this.#secret).update(jti).digest('base64url')
  }
}

/** The same request with another body, because the original body has been read. */
function withBody(request: IncomingMessage, body: string): IncomingMessage {
  const { method, url, socket, headers } = request
  return Object.assign(Readable.from([Buffer.from(body)]), {
    method,
    url,
    socket,
    headers: { ...headers, 'content-length': String(Buffer.byteLength(body)) },
  }) as unknown as IncomingMessage
}
