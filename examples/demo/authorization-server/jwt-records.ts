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
 * Introspection and revocation of JWT access tokens, which oidc-provider leaves out: it does not
 * store them, and its endpoints turn anything away that looks like a JWT.
 *
 * Whenever a JWT is issued, a record of it is stored beside the opaque tokens, under a name made
 * from its `jti`. When a JWT comes to one of the two endpoints and its signature is ours, it is
 * replaced by the name of its record, and oidc-provider does the rest as for an opaque token: it
 * authenticates the client, applies the policy, judges the expiry, answers or deletes the record.
 *
 * The name is a keyed hash: who has read a `jti` in a log does not hold a token.
 */
export class JwtRecords {
  readonly #secret: string

  constructor(secret: string) {
    this.#secret = secret
  }

  /** To be called for every JWT access token, before it is signed. */
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
      // An opaque token of a client has no subject; a JWT of it names the client (RFC 9068 §2.2).
      ...(token.kind === 'ClientCredentials' ? { extra: { sub } } : {}),
    }
    await token.adapter.upsert(this.#name(jti), record, exp - Math.floor(Date.now() / 1000))
  }

  /** Puts itself in front of the two endpoints. */
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
        // A JWT that is none of ours is an unknown token: inactive, and nothing to revoke.
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

/** The same request with another body: the one it came with has been read. */
function withBody(request: IncomingMessage, body: string): IncomingMessage {
  const { method, url, socket, headers } = request
  return Object.assign(Readable.from([Buffer.from(body)]), {
    method,
    url,
    socket,
    headers: { ...headers, 'content-length': String(Buffer.byteLength(body)) },
  }) as unknown as IncomingMessage
}
