/** The secrets that the tests of a process make, in each form in which they are sent or shown. */
import { createPrivateKey, type KeyObject } from 'node:crypto'
import { SecretRegistry } from './registry.ts'

/** The names of options that hold a secret, or a list or object of secrets. */
const SECRET_OPTION =
  /^(?:clientSecret|clientKey|signingKey|sealingKeys?|secrets?|nonceSecrets?|password|passphrase|authorization|accessToken|key)$/

/** An opaque token: long, and with digits and letters, as no word has. */
const OPAQUE = /^(?=[^a-z]*[a-z])(?=\D*\d)[\w~+/-]{16,}=*$/i
export class KnownSecrets {
  readonly registry = new SecretRegistry()
  /**
   * The ids of MCP sessions. They are no secrets: a session id is worth nothing without a token of the same
   * caller. Spans and answers show them. But they must not be in stores, events and calls.
   */
  readonly sessions = new SecretRegistry()

  /** Registers the claims and the signature of a JWT, or an opaque token. The header of a JWT is no secret. */
  token(token: unknown, kind = 'token'): void {
    if (typeof token !== 'string' || token.length > 20_000) return
    const parts = token.split('.')
    if (parts.length === 1) this.registry.add(kind, token)
    for (const part of parts.slice(1)) this.registry.add(kind, part, part.length > 200 ? 8 : 4)
  }

  /** Registers the credentials of a request that is checked: token, proof, cookie and session id. */
  request(request: unknown): void {
    const { headers } = (request ?? {}) as { headers?: Record<string, unknown> }
    if (typeof headers !== 'object' || headers === null) return
    for (const name of Object.keys(headers)) {
      // A getter of a hostile test may throw.
      const own = Object.getOwnPropertyDescriptor(headers, name)?.value as unknown
      for (const value of Array.isArray(own) ? own : [own]) {
        if (typeof value === 'string') this.#field(name.toLowerCase(), value)
      }
    }
  }

  #field(name: string, value: string): void {
    if (name === 'authorization') this.presented(value.replace(/^\w+ +/, ''))
    else if (name === 'dpop') this.token(value, 'DPoP proof')
    else if (name === 'cookie') this.secret('cookie', value.replace(/^[^=]*=/, ''))
    else if (name === 'mcp-session-id' && OPAQUE.test(value)) this.sessions.add('session id', value)
  }

  /** Registers a token that somebody presents, if it is a JWT or may be an opaque token. */
  presented(token: unknown): void {
    if (typeof token === 'object' && token !== null && 'text' in token) this.presented(token.text)
    if (typeof token !== 'string') return
    if (/^eyJ[\w-]+\.[\w-]+\.[\w-]*$/.test(token)) this.token(token, 'presented JWT')
    else if (OPAQUE.test(token)) this.token(token, 'opaque token')
  }

  /** Registers a secret that a person or a program chose, in each form in which it is sent or shown. */
  secret(kind: string, secret: unknown): void {
    if (typeof secret === 'string') {
      // Some tests take an address as a secret, to see how it is encoded. Addresses are in every event.
      if (/^https?:/.test(secret)) return
      if (secret.includes('-----BEGIN')) {
        this.#pem(secret)
        return
      }
      this.registry.add(kind, secret)
      this.registry.add(kind, encodeURIComponent(secret))
      // Only blocks of three bytes stay the same wherever the secret begins.
      for (const from of [0, 1, 2]) {
        const coded = Buffer.from(secret.slice(from)).toString('base64')
        this.registry.add(kind, coded.slice(0, Math.floor((secret.length - from) / 3) * 4))
      }
      return
    }
    if (secret instanceof Uint8Array) {
      const bytes = Buffer.from(secret)
      this.registry.add(kind, bytes.toString('base64'))
      this.registry.add(kind, bytes.toString('base64url'))
      this.registry.add(kind, bytes.toString('hex'))
      this.registry.add(
        kind,
        Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join(' '),
      )
      this.registry.add(kind, bytes.join(','))
      return
    }
    if (typeof secret !== 'object' || secret === null) return
    if ('kty' in secret) {
      this.privateJwk(secret)
      return
    }
    const values = secret instanceof Map ? [...secret.values()] : Object.values(secret)
    for (const value of values.slice(0, 20)) this.secret(kind, value)
  }

  /** Registers the private numbers of a JWK. */
  privateJwk(jwk: object): void {
    const numbers = jwk as Readonly<Record<string, unknown>>
    for (const name of ['d', 'p', 'q', 'dp', 'dq', 'qi', 'k']) {
      const number = numbers[name]
      if (typeof number !== 'string') continue
      this.registry.add('private key', number, 4)
      // The same number inside a PEM begins at any bit of a character.
      const bytes = Buffer.from(number, 'base64url')
      for (const from of [1, 2]) {
        const coded = bytes.subarray(from).toString('base64')
        this.registry.add(
          'private key',
          coded.slice(0, Math.floor((bytes.length - from) / 3) * 4),
          4,
        )
      }
      this.registry.add('private key', bytes.toString('base64'), 4)
      this.registry.add('private key', bytes.toString('hex'), 4)
    }
  }

  /** Registers a private key, in each form. The labels of a PEM are no secret. */
  privateKey(key: KeyObject): void {
    if (key.type !== 'private') return
    try {
      this.privateJwk(key.export({ format: 'jwk' }))
    } catch {
      // A kind of key that has no JWK.
    }
  }

  #pem(pem: string): void {
    try {
      this.privateKey(createPrivateKey(pem))
    } catch {
      // A public key, a certificate, or a text that only looks like a PEM.
    }
  }

  /** Registers the secrets in options of the library. */
  options(options: unknown, depth = 0): void {
    if (typeof options !== 'object' || options === null || depth > 4) return
    const names = Array.isArray(options) ? options.keys() : Object.keys(options)
    for (const name of names) {
      const own = Object.getOwnPropertyDescriptor(options, name)
      if (own === undefined || !('value' in own)) continue
      if (SECRET_OPTION.test(String(name))) this.secret(`option ${name}`, own.value)
      else this.options(own.value, depth + 1)
    }
  }
}

/** Whether a JWS is signed metadata of a protected resource or of an authorization server. */
export function isPublic(jws: string): boolean {
  const [, payload = ''] = jws.split('.')
  const text = String(Buffer.from(payload, 'base64url'))
  return /"(?:bearer_methods_supported|jwks_uri)":/.test(text)
}
