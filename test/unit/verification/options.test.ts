import { describe, expect, it } from 'vitest'
import { createCachedVerifier } from '../../../src/verification/cached-verifier.ts'
import { createHybridVerifier } from '../../../src/verification/hybrid-verifier.ts'
import { createIntrospectionVerifier } from '../../../src/verification/introspection-verifier.ts'
import { createJwtVerifier } from '../../../src/verification/jwt-verifier.ts'
import { ISSUER, RESOURCE, rsaKey } from '../../support/tokens.ts'

type Make = (options: never) => unknown

const LEAST = { issuer: ISSUER, audience: RESOURCE }
const introspection = { clientId: 'mcp', clientSecret: 'the-client-secret' }
const keys = { keys: [rsaKey.publicKey as Record<string, unknown>] }

const MAKERS: readonly [string, Make, object][] = [
  ['createJwtVerifier', createJwtVerifier, { ...LEAST, keys }],
  ['createIntrospectionVerifier', createIntrospectionVerifier, { ...LEAST, introspection }],
  ['createHybridVerifier', createHybridVerifier, { ...LEAST, introspection, keys }],
]

function messageOf(make: Make, options: unknown): string {
  try {
    make(options as never)
    return 'nothing was thrown'
  } catch (error) {
    expect(error).toBeInstanceOf(TypeError)
    return (error as TypeError).message
  }
}

const flag = ['true', 1, null, {}]
const callable = ['f', 5, null, {}]
const amount = ['5', null, Number.NaN, Infinity, -1, true, {}]

const COMMON: Readonly<Record<string, readonly unknown[]>> = {
  issuer: [undefined, '', 5, null, {}, 'sso.example.com', 'http://sso.example.com', `${ISSUER}?a`],
  audience: [undefined, '', 5, null, {}, [], [''], [5], 'account', ['x', 'API'], ISSUER],
  profile: ['', 'jwt', 'keycloak', 5, null],
  exclusiveAudience: flag,
  clockTolerance: [...amount, 61],
  maxTokenLifetime: [...amount, 0],
  maxTokenLength: [...amount, 63, 100.5, 65_537],
  allowInsecureHttp: flag,
  http: [5, 'a', null, []],
  clock: callable,
}

const JWT: Readonly<Record<string, readonly unknown[]>> = {
  algorithms: ['RS256', null, [], ['HS256'], ['none'], [5]],
  keys: ['pem', 5, null, [], {}, { keys: 'pem' }, { keys: [] }, { keys: [{ kty: 'oct' }] }],
}

describe.each(MAKERS)('%s', (where, make, least) => {
  it('is content with the least', () => {
    expect(make(least as never)).toHaveProperty('verify')
  })

  it.each(Object.entries(COMMON))('names the option %s where it is wrong', (name, values) => {
    for (const value of values) {
      expect(messageOf(make, { ...least, [name]: value })).toMatch(
        new RegExp(`^${where}: option \`${name}(\\.\\d+)?\` `),
      )
    }
  })

  it.each([undefined, null, 5, 'https://sso.example.com'])('refuses %s as options', (options) => {
    expect(messageOf(make, options)).toMatch(new RegExp(`^${where}: option \`options\` `))
  })

  it.each(['resource', 'scopes', 'cache', 'aud', 'authorizationServer'])(
    'knows no option %s',
    (name) => {
      const hint = name === 'aud' ? ': did you mean `audience`?' : ''
      expect(messageOf(make, { ...least, [name]: 'x' })).toBe(
        `${where}: there is no option \`${name}\`${hint}`,
      )
    },
  )

  it('S1.12: names the audience that is everybody’s', () => {
    expect(messageOf(make, { ...least, audience: ['ofbiz', 'account'] })).toBe(
      `${where}: option \`audience\` must name this server: tokens for many others have this audience too; got "account"`,
    )
  })

  it('S1.5: wants https, or loopback, or an option that says "insecure"', () => {
    const issuer = 'http://sso.example.com'
    expect(messageOf(make, { ...least, issuer })).toContain('option `issuer` is plain http')
    expect(make({ ...least, issuer: 'http://127.0.0.1:8080/realms/a' } as never)).toBeDefined()
    expect(make({ ...least, issuer, allowInsecureHttp: true } as never)).toBeDefined()
  })
})

describe.each([
  ['createJwtVerifier', createJwtVerifier as Make, LEAST],
  ['createHybridVerifier', createHybridVerifier as Make, { ...LEAST, introspection }],
])('the options for JWTs of %s', (where, make, least) => {
  it.each(Object.entries(JWT))('%s', (name, values) => {
    for (const value of values) {
      expect(messageOf(make, { ...least, [name]: value })).toMatch(
        new RegExp(`^${where}: option \`${name}[.\\w]*\` `),
      )
    }
  })

  it('jwksUri and keySet', () => {
    for (const jwksUri of ['', 5, null, 'jwks', 'http://sso.example.com/jwks']) {
      expect(messageOf(make, { ...least, jwksUri })).toContain(`${where}: option \`jwksUri\` `)
    }
    expect(messageOf(make, { ...least, keySet: { maxAge: 0 } })).toContain('`keySet.maxAge`')
    expect(messageOf(make, { ...least, keySet: { ttl: 0 } })).toContain('no option `keySet.ttl`')
  })

  it.each([{ jwksUri: 'https://sso.example.com/jwks' }, { keySet: {} }])(
    'RFC8725-1: given keys do not go with %j',
    (more) => {
      expect(messageOf(make, { ...least, keys, ...more })).toContain(
        `${where}: option \`keys\` cannot be combined with \`jwksUri\` or \`keySet\``,
      )
    },
  )
})

describe.each([
  ['createIntrospectionVerifier', createIntrospectionVerifier as Make],
  ['createHybridVerifier', createHybridVerifier as Make],
])('the options for introspection of %s', (where, make) => {
  it.each([
    ['introspection', [undefined, null, 5, 'the-client-secret', []]],
    ['introspection.clientId', ['', null, 5]],
    ['introspection.clientSecret', ['', null, 5, undefined]],
    ['introspection.authentication', ['none', null, 5, {}]],
    ['introspection.endpoint', ['', 5, 'introspect', 'http://sso.example.com/introspect']],
    ['introspection.opaqueTokens', flag],
  ])('%s', (path, values) => {
    const [, name] = path.split('.')
    for (const value of values) {
      const given = name === undefined ? value : { ...introspection, [name]: value }
      expect(messageOf(make, { ...LEAST, introspection: given })).toMatch(
        new RegExp(`^${where}: option \`${path}(?:\\.authenticate)?\` `),
      )
    }
  })
})

describe('the options of one verifier alone', () => {
  it.each(['', 'sometimes', true, null])('createHybridVerifier: confirm: %j', (confirm) => {
    expect(messageOf(createHybridVerifier, { ...LEAST, introspection, confirm })).toContain(
      'createHybridVerifier: option `confirm` must be "never", "always" or a number of seconds from 1 to 86400',
    )
  })

  it.each([0, 86_401])('createHybridVerifier: confirm: %j', (confirm) => {
    expect(messageOf(createHybridVerifier, { ...LEAST, introspection, confirm })).toContain(
      'createHybridVerifier: option `confirm` must be a number of seconds from 1 to 86400',
    )
  })

  it.each(['introspection', 'confirm', 'verification'])('createJwtVerifier has no %s', (name) => {
    expect(messageOf(createJwtVerifier, { ...LEAST, [name]: 'always' })).toContain(
      `there is no option \`${name}\``,
    )
  })

  it.each(['keys', 'jwksUri', 'algorithms', 'keySet', 'confirm'])(
    'createIntrospectionVerifier has no %s',
    (name) => {
      const options = { ...LEAST, introspection, [name]: 'x' }
      expect(messageOf(createIntrospectionVerifier, options)).toContain(
        `there is no option \`${name}\``,
      )
    },
  )
})

describe('createCachedVerifier', () => {
  const verifier = createJwtVerifier({ ...LEAST, keys })
  const make: Make = (options) => createCachedVerifier(verifier, options)

  it.each([
    ['maxEntries', [...amount, 0, 1.5, 10_000_001]],
    ['maxAge', [...amount, 31_536_001]],
    ['negativeMaxAge', [...amount, 3601]],
    ['negativeMaxEntries', [...amount, 0, 1_000_001]],
    ['maxTokenLength', [...amount, 63, 65_537]],
    ['clockTolerance', [...amount, 61]],
    ['clock', callable],
  ])('names the option %s where it is wrong', (name, values) => {
    for (const value of values) {
      expect(messageOf(make, { [name]: value })).toMatch(
        new RegExp(`^createCachedVerifier: option \`${name}\` `),
      )
    }
  })

  it('knows no others', () => {
    expect(messageOf(make, { ttl: 5 })).toBe('createCachedVerifier: there is no option `ttl`')
  })

  it.each([undefined, null, {}, 'verifier', { verify: true }])(
    'refuses %j as verifier',
    (wrong) => {
      expect(() => createCachedVerifier(wrong as never)).toThrow(TypeError)
      expect(() => createCachedVerifier(wrong as never)).toThrow(/verif(?:ier|y)/)
    },
  )
})
