/**
 * P2: a token that has not been seen before, verified with a key that is at hand.
 *
 * The tables go to standard output. After `npm run build && npm ci --prefix bench`:
 * `node bench/p2-miss.ts`, with names of algorithms behind it for those alone.
 */
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { JwtVerifier } from 'aws-jwt-verify'
import type { Jwks } from 'aws-jwt-verify/jwk'
import { auth } from 'express-oauth2-jwt-bearer'
import { createVerifier } from 'fast-jwt'
import { createLocalJWKSet, jwtVerify } from 'jose'
import jsonwebtoken from 'jsonwebtoken'
import jwksRsa from 'jwks-rsa'
import * as oauth from 'oauth4webapi'
import { createJwtVerifier, createResourceServer } from '../dist/index.js'
import {
  assertStrict,
  atOnce,
  type Contestant,
  compete,
  cycle,
  find,
  type Goal,
  goalTable,
  oneByOne,
  ROUNDS,
  ratio,
  requireShared,
  table,
  versionOf,
} from './harness.ts'
import {
  type Algorithm,
  badTokens,
  createSigner,
  ISSUER,
  RESOURCE,
  SCOPE,
  type Signer,
  signMany,
} from './tokens.ts'

const LANES = 64
const TOKENS = 4096

type Verify = (token: string) => unknown

interface Entrant {
  readonly name: string
  readonly version?: string
  readonly note?: string
  /** Refuses what has a wrong issuer, audience or type. */
  readonly strict: boolean
  readonly synchronous?: boolean
  readonly verify: Verify
}

function ours({ jwks, algorithm }: Signer): Entrant[] {
  const verifier = createJwtVerifier({
    issuer: ISSUER,
    audience: RESOURCE,
    algorithms: [algorithm],
    keys: jwks,
  })
  const resourceServer = createResourceServer({
    resource: RESOURCE,
    authorizationServer: { issuer: ISSUER, algorithms: [algorithm], keys: jwks },
    requiredScopes: [SCOPE],
    // Half of the tokens that come in turn: none is still there when it comes again.
    cache: { maxEntries: TOKENS / 2 },
  })
  return [
    {
      name: 'createJwtVerifier',
      note: 'no cache',
      strict: true,
      verify: (token) => verifier.verify(token),
    },
    {
      name: 'createResourceServer',
      note: 'a full cache that always misses',
      strict: true,
      verify: (token) => resourceServer.verify(token),
    },
  ]
}

function peers(signer: Signer, jwksUri: string): Entrant[] {
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

async function compare(signer: Signer): Promise<{ table: string; goals: Goal[] }> {
  const { algorithm, jwks } = signer
  const keyServer = createServer((_, response) => {
    response.setHeader('content-type', 'application/json')
    response.end(JSON.stringify(jwks))
  }).listen(0, '127.0.0.1')
  await once(keyServer, 'listening')
  const jwksUri = `http://127.0.0.1:${(keyServer.address() as AddressInfo).port}/keys`

  const tokens = await signMany(signer, TOKENS)
  const bad = await badTokens(signer)
  const next = cycle(tokens)
  const entrants = [...ours(signer), ...peers(signer, jwksUri)]
  const contestants: Contestant[] = []
  for (const { strict, synchronous, verify, ...described } of entrants) {
    await assertStrict(described.name, verify, tokens.slice(0, 8), strict ? bad : bad.slice(0, 2))
    const measure = synchronous
      ? oneByOne(() => verify(next()))
      : atOnce(LANES, async () => verify(next()))
    contestants.push({ ...described, measure })
  }
  const results = await compete(contestants, { rounds: ROUNDS, slice: 400 })
  keyServer.close()
  keyServer.closeAllConnections()

  const own = results.slice(0, 2)
  const goals: Goal[] = own.map((one) => ({
    text: `${algorithm}: ${one.name} ÷ \`jwtVerify\``,
    least: 0.9,
    measured: ratio(one, find(results, 'jwtVerify')),
  }))
  const rivals = entrants.slice(2).filter(({ strict }) => strict)
  const fastest = rivals
    .map(({ name }) => find(results, name))
    .map((rival) => ({ rival, ahead: own.map((one) => ratio(one, rival)) }))
    .sort((a, b) => (a.ahead[0]?.median ?? 0) - (b.ahead[0]?.median ?? 0))[0]
  for (const [at, one] of own.entries()) {
    const measured = fastest?.ahead[at]
    if (fastest === undefined || measured === undefined) continue
    goals.push({
      text: `${algorithm}: ${one.name} ÷ the fastest peer that checks issuer, audience and type (${fastest.rival.name})`,
      least: 1,
      measured,
    })
  }
  return {
    table: `### ${algorithm}, ${tokens[0]?.length} characters\n\n${table(results, own)}\n`,
    goals,
  }
}

requireShared('jose')
const all: readonly Algorithm[] = ['RS256', 'PS256', 'ES256', 'EdDSA']
const chosen = all.filter((name) => process.argv.length < 3 || process.argv.includes(name))
const sections: string[] = []
const goals: Goal[] = []
for (const algorithm of chosen) {
  const compared = await compare(await createSigner(algorithm))
  sections.push(compared.table)
  goals.push(...compared.goals)
}
console.log(`## P2: a miss

${LANES} at once, ${TOKENS} tokens in turn, each string made anew from bytes, with keys in memory. Ours checks issuer, audience, type, times, required claims and repeated members. The other packages check the same as far as they can, except \`jwtVerify\` and jsonwebtoken.

${sections.join('\n')}
### Goals

${goalTable(goals)}
`)
