import { describe, expect, it } from 'vitest'
import { createVerifiedToken } from '../../../src/verification/create-verified-token.ts'
import {
  CACHE_DEFAULTS,
  issuerVerificationSchema,
} from '../../../src/verification/options-schema.ts'
import { createCachedVerifier, createJwtVerifier } from '../../../src/verification/verifiers.ts'
import {
  bearer,
  forge,
  INTROSPECTION,
  ISSUER,
  NOW,
  type Overrides,
  RESOURCE,
  rsaKey,
  signToken,
  testResourceServer,
} from '../../support/tokens.ts'

const OTHER = 'https://other.example'
const introspection = INTROSPECTION
const tokenInfo = { endpoint: 'https://sso.example.com/tokeninfo' }
const first = { issuer: OTHER, introspection }
const WHERE = 'createResourceServer: option `authorizationServer'

function messageOf(make: () => unknown): string {
  try {
    make()
    return 'nothing was thrown'
  } catch (error) {
    expect(error).toBeInstanceOf(TypeError)
    return (error as TypeError).message
  }
}

describe('options of issuers that contradict each other', () => {
  it.each<[string, NonNullable<Overrides['authorizationServer']>, string]>([
    [
      'an issuer twice',
      [{ issuer: OTHER }, { issuer: ISSUER }, { issuer: OTHER }],
      `${WHERE}.2.issuer\` is used twice; got "${OTHER}"`,
    ],
    [
      'two issuers for opaque tokens',
      [first, { issuer: ISSUER, introspection }],
      `${WHERE}.1.introspection.opaqueTokens\` must be false for all issuers but one: an opaque token does not name its issuer; got true`,
    ],
    [
      'two issuers for opaque tokens, one of them with a tokeninfo endpoint',
      [first, { issuer: ISSUER, tokenInfo }],
      `${WHERE}.1.tokenInfo\` must be left out if another issuer takes opaque tokens, which do not name their issuer; got true`,
    ],
    [
      'two issuers for opaque tokens, the first of them with a tokeninfo endpoint',
      [{ issuer: ISSUER, tokenInfo }, first],
      `${WHERE}.1.introspection.opaqueTokens\` must be false for all issuers but one: an opaque token does not name its issuer; got true`,
    ],
    [
      'confirmation without introspection',
      { issuer: ISSUER, confirm: 'always' },
      `${WHERE}.confirm\` needs verification "hybrid"; got "always"`,
    ],
    [
      'confirmation of what introspection verifies',
      { issuer: ISSUER, introspection, verification: 'introspection', confirm: 30 },
      `${WHERE}.confirm\` needs verification "hybrid"; got 30`,
    ],
    [
      'introspection that is not used',
      { issuer: ISSUER, introspection, verification: 'jwt' },
      `${WHERE}.verification\` must be "hybrid", "introspection" or left out if \`introspection\` is set; got "jwt"`,
    ],
    [
      'introspection without its options',
      { issuer: ISSUER, verification: 'introspection' },
      `${WHERE}.introspection\` must be set for verification "introspection"; got nothing`,
    ],
    [
      'both kinds without the options of introspection',
      [{ issuer: OTHER }, { issuer: ISSUER, verification: 'hybrid' }],
      `${WHERE}.1.introspection\` must be set for verification "hybrid"; got nothing`,
    ],
  ])('S1.11: %s', (_what, authorizationServer, message) => {
    expect(messageOf(() => testResourceServer({ authorizationServer }))).toBe(message)
  })

  it.each<[string, NonNullable<Overrides['authorizationServer']>]>([
    [
      'two issuers, of which one is asked about JWTs only',
      [first, { issuer: ISSUER, introspection: { ...introspection, opaqueTokens: false } }],
    ],
    ['verification "jwt" alone', { issuer: ISSUER, verification: 'jwt' }],
    [
      'verification "hybrid" with confirmation',
      {
        issuer: ISSUER,
        introspection,
        verification: 'hybrid',
        confirm: 'always',
      },
    ],
    ['confirmation and introspection', { issuer: ISSUER, introspection, confirm: 'never' }],
  ])('%s contradicts nothing', (_what, authorizationServer) => {
    expect(testResourceServer({ authorizationServer })).toBeDefined()
  })

  it('S1.12: the resource must not be the issuer', () => {
    const options: Overrides = { resource: ISSUER }
    expect(messageOf(() => testResourceServer(options))).toBe(
      `createResourceServer: option \`resource\` must name this server, not the issuer; got "${ISSUER}"`,
    )
  })
})

describe('a token of an unknown issuer whose algorithm is refused too', () => {
  const keys = { keys: [{ ...rsaKey.publicKey }] }
  const opaqueless = { ...introspection, opaqueTokens: false }

  it.each<[string, NonNullable<Overrides['authorizationServer']>, string]>([
    ['the rules of the sole issuer', { issuer: ISSUER, keys }, 'algorithm_refused'],
    [
      'the rules of the sole issuer, which takes opaque tokens too',
      { issuer: ISSUER, keys, introspection },
      'algorithm_refused',
    ],
    [
      'the choice of the issuer: the sole one is asked about JWTs only',
      { issuer: ISSUER, keys, introspection: opaqueless },
      'issuer_unknown',
    ],
    [
      'the choice of the issuer: there are two',
      [
        { issuer: ISSUER, keys },
        { issuer: OTHER, keys },
      ],
      'issuer_unknown',
    ],
  ])('S1.11: is refused by %s', async (_who, authorizationServer, reason) => {
    const server = testResourceServer({ authorizationServer })
    const token = await forge({
      header: { alg: 'HS256' },
      payload: { iss: 'https://x.example' },
      signature: 'c2ln',
    })
    expect(await server.authenticate(bearer(token))).toMatchObject({ reason })
  })
})

describe('an endpoint that is none', () => {
  it.each<[string, NonNullable<Overrides['authorizationServer']>, string]>([
    [
      'introspection',
      [{ issuer: OTHER }, { issuer: ISSUER, introspection }],
      '`authorizationServer.1.introspection.endpoint` is not an introspection endpoint',
    ],
    ['tokeninfo', { issuer: ISSUER, tokenInfo }, 'check `authorizationServer.tokenInfo.endpoint`'],
  ])('is reported with its option: %s', async (_what, authorizationServer, text) => {
    const fetch = async () => new Response('not found', { status: 404 })
    const server = testResourceServer({ authorizationServer, http: { fetch } })
    expect(await server.authenticate(bearer('opaque'))).toMatchObject({
      status: 503,
      detail: expect.stringContaining(text),
    })
  })
})

describe('the defaults', () => {
  it('S1.12: accept no audience besides the resource', async () => {
    expect(issuerVerificationSchema.parse({ issuer: ISSUER })).toMatchObject({
      additionalAudiences: [],
    })
  })

  it('RFC7662-4: of the cache', () => {
    expect(CACHE_DEFAULTS).toEqual({
      maxEntries: 10_000,
      introspectionMaxAge: 30,
      negativeMaxAge: 5,
      negativeMaxEntries: 1000,
    })
  })
})

describe('the text about a wrong option', () => {
  const [all, verifier] = [
    { issuer: ISSUER, audience: RESOURCE },
    createJwtVerifier({ issuer: ISSUER, audience: RESOURCE }),
  ]
  const jwt = (options: object) => () => createJwtVerifier({ ...all, ...options } as never)
  const cached = (options: object) => () => createCachedVerifier(verifier, options)
  const server = (cache: object) => () => testResourceServer({ cache: cache as never })
  const token = (fields: object) => () =>
    createVerifiedToken({ issuer: ISSUER, expiresAt: NOW, ...fields })

  it.each<[string, () => unknown, string]>([
    ['audience', jwt({ audience: 5 }), 'must be an audience or a list of audiences; got 5'],
    ['audience', jwt({ audience: '' }), 'is empty; it must be an audience'],
    ['maxAge', cached({ maxAge: 'a' }), 'must be a number of seconds or a function; got "a"'],
    ['maxAge', cached({ maxAge: -1 }), 'must be a number of seconds from 0 to 31536000; got -1'],
    [
      'maxEntries',
      cached({ maxEntries: 0 }),
      'must be a whole number of entries from 1 to 10000000; got 0',
    ],
    [
      'negativeMaxAge',
      cached({ negativeMaxAge: -1 }),
      'must be a number of seconds from 0 to 3600; got -1',
    ],
    [
      'negativeMaxEntries',
      cached({ negativeMaxEntries: 0 }),
      'must be a whole number of entries from 1 to 1000000; got 0',
    ],
    [
      'cache.introspectionMaxAge',
      server({ introspectionMaxAge: -1 }),
      'must be a number of seconds from 0 to 86400; got -1',
    ],
    [
      'options',
      () => createVerifiedToken(5 as never),
      'must be an object with `issuer` and `expiresAt`; got 5',
    ],
    ['subject', token({ subject: '' }), 'is empty; it must be a string'],
    ['clientId', token({ clientId: '' }), 'is empty; it must be a string'],
    ['tokenId', token({ tokenId: '' }), 'is empty; it must be a string'],
    ['issuer', token({ issuer: '' }), 'is empty; it must be the issuer of the token'],
    [
      'expiresAt',
      token({ expiresAt: 1e12 }),
      'must be a number of seconds since the epoch from 0 to 100000000000; got 1000000000000',
    ],
    [
      'confirmation',
      token({ confirmation: 5 }),
      'must be an object with `jkt` or `x5t#S256`; got 5',
    ],
    ['confirmation.jkt', token({ confirmation: { jkt: '' } }), 'is empty; it must be a thumbprint'],
    [
      'confirmation.x5t#S256',
      token({ confirmation: { 'x5t#S256': '' } }),
      'is empty; it must be a thumbprint',
    ],
    ['scopes', token({ scopes: 'a' }), 'must be a list of strings; got "a"'],
    ['audience', token({ audience: 5 }), 'must be a string or a list of strings; got 5'],
    ['format', token({ format: 'x' }), 'must be "jwt" or "opaque"; got "x"'],
    [
      'verifiedBy',
      token({ verifiedBy: 'x' }),
      'must be "signature", "introspection" or "signature and introspection"; got "x"',
    ],
    ['claims', token({ claims: 5 }), 'must be an object of JSON values; got 5'],
  ])('%s', (name, make, text) => {
    expect(messageOf(make)).toContain(`option \`${name}\` ${text}`)
  })
})

it.each([
  ['jwt', 'signature'],
  ['jwt', 'signature_and_introspection'],
  ['opaque', 'introspection'],
] as const)('a verifier of a user may say that its token is %s, by %s', (format, verifiedBy) => {
  const token = createVerifiedToken({ issuer: ISSUER, expiresAt: NOW, format, verifiedBy })
  expect(token).toMatchObject({ format, verifiedBy })
})

it('S1.11: of two issuers, each verifies its own tokens', async () => {
  const keys = { keys: [{ ...rsaKey.publicKey }] }
  const authorizationServer = [
    { issuer: ISSUER, keys },
    { issuer: OTHER, keys },
  ]
  const server = testResourceServer({ authorizationServer })
  for (const iss of [ISSUER, OTHER]) {
    expect(await server.verify(await signToken({ claims: { iss } }))).toMatchObject({ issuer: iss })
  }
})
