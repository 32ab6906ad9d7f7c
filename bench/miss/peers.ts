/** Other packages that verify tokens. */
import { JwtVerifier } from 'aws-jwt-verify'
import type { Jwks } from 'aws-jwt-verify/jwk'
import { auth } from 'express-oauth2-jwt-bearer'
import { createVerifier } from 'fast-jwt'
import { createLocalJWKSet, jwtVerify } from 'jose'
import jsonwebtoken from 'jsonwebtoken'
import jwksRsa from 'jwks-rsa'
import * as oauth from 'oauth4webapi'
import { versionOf } from '../harness.ts'
import { type Algorithm, ISSUER, RESOURCE, type Signer } from '../tokens.ts'

type Verify = (token: string) => unknown

/** One of those that verify a token. */
export interface Entrant {
  readonly name: string
  readonly version?: string
  readonly note?: string
  /** Refuses what has a wrong issuer, audience or type. */
  readonly strict: boolean
  readonly synchronous?: boolean
  readonly verify: Verify
}

/** The packages that can verify tokens of this signer. */
export function peers(signer: Signer, jwksUri: string): Entrant[] {
  const { algorithm, jwks, pem } = signer
  const localKeys = createLocalJWKSet(jwks)
  const entrants: Entrant[] = [
    {
      name: 'jwtVerify',
      version: versionOf('jose'),
      note: 'signature and times alone',
      strict: false,
      verify: (token) => jwtVerify(token, localKeys),
    },
    oauth4webapi(signer, jwksUri),
    expressBearer(signer, jwksUri),
  ]
  if (algorithm !== 'PS256') entrants.push(awsJwtVerify(signer, jwksUri))
  entrants.push({
    name: 'fast-jwt',
    version: versionOf('fast-jwt'),
    note: 'cache off, synchronous',
    strict: true,
    synchronous: true,
    verify: createVerifier({
      key: pem,
      algorithms: [algorithm],
      allowedIss: ISSUER,
      allowedAud: RESOURCE,
      checkTyp: 'at+jwt',
      requiredClaims: ['iss', 'aud', 'exp'],
    }),
  })
  if (algorithm !== 'EdDSA') entrants.push(jsonWebToken(signer, algorithm))
  return entrants
}

function oauth4webapi({ algorithm, jwks }: Signer, jwksUri: string): Entrant {
  const server: oauth.AuthorizationServer = { issuer: ISSUER, jwks_uri: jwksUri }
  const options = {
    signingAlgorithms: [algorithm],
    [oauth.jwksCache]: { jwks: jwks as oauth.JWKS, uat: Math.floor(Date.now() / 1000) },
    [oauth.allowInsecureRequests]: true,
  }
  return {
    name: 'oauth4webapi',
    version: versionOf('oauth4webapi'),
    note: 'it needs a `Request`',
    strict: true,
    verify: (token) => {
      const request = new Request(RESOURCE, { headers: { authorization: `Bearer ${token}` } })
      return oauth.validateJwtAccessToken(server, request, RESOURCE, options)
    },
  }
}

function expressBearer({ algorithm }: Signer, jwksUri: string): Entrant {
  const middleware = auth({
    issuer: ISSUER,
    audience: RESOURCE,
    jwksUri,
    tokenSigningAlg: algorithm,
    strict: true,
  })
  return {
    name: 'express-oauth2-jwt-bearer',
    version: versionOf('express-oauth2-jwt-bearer'),
    note: 'its middleware, without Express',
    strict: true,
    verify: (token) =>
      new Promise((resolve, reject) => {
        const request = {
          method: 'POST',
          protocol: 'https',
          url: '/mcp',
          headers: { authorization: `Bearer ${token}` },
          query: {},
          get: (name: string) => (name === 'Host' ? 'mcp.example.com' : undefined),
          is: () => false,
        }
        middleware(request as never, {} as never, (error?: unknown) =>
          error === undefined ? resolve(undefined) : reject(error),
        )
      }),
  }
}

function awsJwtVerify({ jwks }: Signer, jwksUri: string): Entrant {
  const verifier = JwtVerifier.create({
    issuer: ISSUER,
    audience: RESOURCE,
    jwksUri,
    customJwtCheck: ({ header }) => {
      if ((header as { typ?: string }).typ !== 'at+jwt') throw new Error('typ')
    },
  })
  verifier.cacheJwks(jwks as unknown as Jwks)
  return {
    name: 'aws-jwt-verify',
    version: versionOf('aws-jwt-verify'),
    strict: true,
    verify: (token) => verifier.verify(token),
  }
}

function jsonWebToken({ jwks }: Signer, algorithm: Exclude<Algorithm, 'EdDSA'>): Entrant {
  const client = jwksRsa({
    jwksUri: 'https://sso.example.com/keys',
    fetcher: async () => jwks,
    cache: true,
  })
  const options = { algorithms: [algorithm], issuer: ISSUER, audience: RESOURCE }
  return {
    name: 'jsonwebtoken',
    version: `${versionOf('jsonwebtoken')}, ${versionOf('jwks-rsa')}`,
    note: 'no check of the type',
    strict: false,
    verify: (token) =>
      new Promise((resolve, reject) => {
        jsonwebtoken.verify(
          token,
          ({ kid }, found) => {
            client.getSigningKey(kid).then(
              (key) => found(null, key.getPublicKey()),
              (error) => found(error),
            )
          },
          options,
          (error, claims) => (error ? reject(error) : resolve(claims)),
        )
      }),
  }
}
