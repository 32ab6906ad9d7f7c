import { describe, expect, it } from 'vitest'
import { type ExplainOptions, explainToken } from '../../../src/explain/index.ts'
import {
  answering,
  attackerKey,
  CLAIMS,
  type Claims,
  forge,
  INTROSPECTION,
  ISSUER,
  noNetwork,
  type Overrides,
  signToken,
  testResourceServer,
} from '../../support/tokens.ts'

const OTHER = 'https://other.example'

const introspecting = (answer: Claims, server: Overrides['server'] = {}): Overrides => ({
  server: { introspection: INTROSPECTION, verification: 'introspection', ...server },
  http: answering(answer),
})
const hybrid = (answer: Claims, server: Overrides['server'] = {}): Overrides =>
  introspecting(answer, { verification: 'hybrid', ...server })
const light = { name: 'test', isLightweight: () => true }
const keysOf = (issuer: string) => ({ issuer, keys: { keys: [attackerKey.publicKey] } })
const two: Overrides = { authorizationServer: [keysOf(ISSUER), keysOf(OTHER)] }
const tokenInfo: Overrides = {
  server: {
    keys: undefined,
    tokenInfo: { endpoint: 'https://sso.example.com/tokeninfo' },
  } as never,
  http: { fetch: async () => Response.json(CLAIMS) },
}

const good = await signToken()
const forged = await signToken({ key: attackerKey })
const bound = await signToken({ claims: { cnf: { jkt: 'a' } } })
const LIGHT = { scope: undefined, aud: undefined }
const lightweight = await signToken({ claims: LIGHT })
const hmac = await forge({ header: { alg: 'HS256' }, signature: 'c2ln' })
const scopeless = await signToken({ claims: { scope: undefined } })
const second = await signToken({ claims: { iss: OTHER }, key: attackerKey })
const stranger = await signToken({ claims: { iss: 'x' } })
const foreign = await signToken({ claims: { aud: OTHER } })
const audienceless = await signToken({ claims: { aud: undefined } })
const misbound = await signToken({ claims: { cnf: 5 } })
const forgedLightweight = await signToken({ key: attackerKey, claims: LIGHT })

/** The rules about the claims of a token, and those about the claims that introspection adds. */
const FIRST = 'issuer type audience dates expiry not-before issued-at lifetime'
const CLAIM_RULES = `${FIRST} subject token-id client-id claims scope-claim confirmation`
const COMPLETED = CLAIM_RULES.replace(/^|(?<= )/g, 'completed-')

/** The rules in their order. `=` is before the reason of a broken rule, and `?` after one that is unchecked. */
async function explain(options: Overrides, token: string, use: ExplainOptions = {}) {
  const { verdict, rules } = await explainToken(token, testResourceServer(options), use)
  const texts = rules.map(({ rule, outcome, reason }) => {
    if (outcome === 'holds') return rule
    return outcome === 'broken' ? `${rule}=${reason}` : `${rule}?${reason ?? ''}`
  })
  const text = texts.join(' ').replace(COMPLETED, 'COMPLETED').replace(CLAIM_RULES, 'CLAIMS')
  return `${verdict}: ${text.replace(`${FIRST} confirmation`, 'LIGHT').replace(/^text /, '')}`
}

const OFFLINE = { fetch: false }
const END = 'sender-constraint revocation scopes'
const OPEN = 'sender-constraint revocation? scopes'
const UNMET = 'sender-constraint?sender_constraint_unmet'

describe('the rules of a verification, in their order', () => {
  it.each<[string, Overrides, string, ExplainOptions, string]>([
    ['a JWT', {}, good, {}, `accepted: format algorithm CLAIMS key signature ${END}`],
    [
      'keys that are not given, offline',
      { authorizationServer: ISSUER },
      good,
      OFFLINE,
      `undecided: format algorithm CLAIMS key? signature? ${OPEN}`,
    ],
    [
      'keys that cannot be fetched',
      { authorizationServer: ISSUER, http: { fetch: noNetwork } },
      good,
      {},
      `undecided: format algorithm CLAIMS key?discovery_failed signature? ${OPEN}`,
    ],
    [
      'another algorithm',
      {},
      hmac,
      {},
      `refused: format algorithm=algorithm_refused CLAIMS key? signature? ${OPEN}`,
    ],
    [
      'a forged signature',
      {},
      forged,
      {},
      `refused: format algorithm CLAIMS key signature=signature_invalid ${OPEN}`,
    ],
    ['a malformed JWT', {}, 'a.b.c', {}, 'refused: format=token_malformed'],
    ['an opaque token', {}, 'opaque', {}, 'refused: format=token_opaque'],
    [
      'a lightweight JWT that nobody completes',
      { server: { profile: light } },
      scopeless,
      {},
      'refused: format algorithm CLAIMS key signature sender-constraint revocation scopes=scope_missing',
    ],
    [
      'the second of two issuers',
      two,
      second,
      {},
      `accepted: format algorithm CLAIMS key signature ${END}`,
    ],
    ['none of two issuers', two, stranger, {}, 'refused: issuer=issuer_unknown'],
    [
      'introspection of a JWT',
      introspecting(CLAIMS),
      good,
      {},
      `accepted: format introspection own-audience CLAIMS ${END}`,
    ],
    [
      'introspection of a JWT for another server',
      introspecting(CLAIMS),
      foreign,
      {},
      `refused: format introspection own-audience=audience_mismatch CLAIMS ${OPEN}`,
    ],
    [
      'introspection of a JWT without an audience',
      introspecting(CLAIMS),
      audienceless,
      {},
      `accepted: format introspection CLAIMS ${END}`,
    ],
    [
      'introspection of a bound JWT',
      introspecting(CLAIMS),
      bound,
      {},
      `undecided: format introspection own-audience CLAIMS own-confirmation ${UNMET} revocation scopes`,
    ],
    [
      'introspection of a JWT with a malformed binding',
      introspecting(CLAIMS),
      misbound,
      {},
      `refused: format introspection own-audience CLAIMS own-confirmation=claim_malformed ${OPEN}`,
    ],
    [
      'introspection of an opaque token',
      introspecting(CLAIMS),
      'opaque',
      {},
      `accepted: format introspection CLAIMS ${END}`,
    ],
    [
      'introspection that takes no opaque tokens',
      introspecting(CLAIMS, { introspection: { ...INTROSPECTION, opaqueTokens: false } }),
      'opaque',
      {},
      'refused: format=token_opaque',
    ],
    [
      'an inactive JWT',
      introspecting({ active: false }),
      good,
      {},
      `refused: format introspection=token_inactive CLAIMS ${OPEN}`,
    ],
    [
      'introspection, offline',
      introspecting(CLAIMS),
      bound,
      OFFLINE,
      `undecided: format introspection? CLAIMS ${UNMET} revocation? scopes`,
    ],
    [
      'introspection of an opaque token, offline',
      introspecting(CLAIMS),
      'opaque',
      OFFLINE,
      'undecided: format introspection?',
    ],
    [
      'a confirmed JWT',
      hybrid(CLAIMS),
      good,
      {},
      `accepted: format algorithm CLAIMS key signature introspection ${END}`,
    ],
    [
      'a JWT that lost its scope',
      hybrid({ ...CLAIMS, scope: 'x' }),
      good,
      {},
      `refused: format algorithm CLAIMS key signature introspection ${END}=scope_missing`,
    ],
    [
      'a JWT that the answer binds',
      hybrid({ ...CLAIMS, cnf: { jkt: 'a' } }),
      good,
      {},
      `undecided: format algorithm CLAIMS key signature introspection ${UNMET} revocation scopes`,
    ],
    [
      'a JWT that is never confirmed',
      hybrid(CLAIMS, { confirm: 'never' }),
      good,
      {},
      `accepted: format algorithm CLAIMS key signature ${END}`,
    ],
    [
      'a JWT that is inactive',
      hybrid({ active: false }),
      good,
      {},
      `refused: format algorithm CLAIMS key signature introspection=token_inactive ${OPEN}`,
    ],
    [
      'confirmation, offline',
      hybrid(CLAIMS),
      good,
      OFFLINE,
      `undecided: format algorithm CLAIMS key signature introspection? ${OPEN}`,
    ],
    [
      'a forged JWT, which is not confirmed',
      hybrid(CLAIMS),
      forged,
      {},
      `refused: format algorithm CLAIMS key signature=signature_invalid introspection? ${OPEN}`,
    ],
    [
      'an opaque token beside JWTs',
      hybrid(CLAIMS),
      'opaque',
      {},
      `accepted: format introspection CLAIMS ${END}`,
    ],
    [
      'a malformed JWT, which is not introspected',
      hybrid(CLAIMS),
      'a.b.c',
      {},
      'refused: format=token_malformed',
    ],
    [
      'a lightweight JWT',
      hybrid(CLAIMS, { profile: light }),
      lightweight,
      {},
      `accepted: format algorithm LIGHT key signature completion COMPLETED ${END}`,
    ],
    [
      'a lightweight JWT that lost its scope',
      hybrid({ ...CLAIMS, scope: 'x' }, { profile: light }),
      audienceless,
      {},
      `refused: format algorithm LIGHT key signature completion COMPLETED ${END}=scope_missing`,
    ],
    [
      'a lightweight JWT for another server',
      hybrid({ ...CLAIMS, aud: 'x' }, { profile: light }),
      lightweight,
      {},
      `refused: format algorithm LIGHT key signature completion=audience_mismatch ${OPEN}?`,
    ],
    [
      'a lightweight JWT that the answer binds',
      hybrid({ ...CLAIMS, cnf: { jkt: 'a' } }, { profile: light }),
      lightweight,
      {},
      `undecided: format algorithm LIGHT key signature completion COMPLETED ${UNMET} revocation scopes`,
    ],
    [
      'a lightweight JWT, offline',
      hybrid(CLAIMS, { profile: light }),
      lightweight,
      OFFLINE,
      `undecided: format algorithm LIGHT key signature completion? ${OPEN}?`,
    ],
    [
      'a forged lightweight JWT, which is not completed',
      hybrid(CLAIMS, { profile: light }),
      forgedLightweight,
      {},
      `refused: format algorithm LIGHT key signature=signature_invalid completion? ${OPEN}?`,
    ],
    [
      'a tokeninfo endpoint',
      tokenInfo,
      'opaque',
      {},
      `accepted: format introspection CLAIMS ${END}`,
    ],
    ['a JWT for a tokeninfo endpoint', tokenInfo, good, {}, 'refused: format=token_type_refused'],
  ])('%s', async (_what, options, token, use, expected) => {
    expect(await explain(options, token, use)).toBe(expected)
  })

  it.each<[Overrides, string, Record<string, string>]>([
    [
      {},
      good,
      {
        format: 'it is a JWT in three parts of strict JSON',
        algorithm: '"alg" is "RS256"',
        key: 'the issuer has a key with "alg" "RS256" and "kid" "rsa-1"',
        signature: 'the signature is valid',
      },
    ],
    [
      introspecting(CLAIMS),
      bound,
      {
        format: 'it is a JWT',
        introspection: 'the authorization server calls the token active',
        'own-audience': '"aud" of the token itself is "https://mcp.example.com/mcp"',
        'own-confirmation': '"cnf" of the token itself can be read',
      },
    ],
    [introspecting(CLAIMS), 'opaque', { format: 'it is not a JWT; only its issuer can read it' }],
    [
      hybrid(CLAIMS),
      good,
      {
        introspection:
          'the authorization server calls the token active, and its answer keeps the rules',
      },
    ],
    [
      hybrid(CLAIMS, { profile: light }),
      lightweight,
      { completion: 'introspection adds the claims that this lightweight token lacks' },
    ],
  ])('tell what was seen: %#', async (options, token, expected) => {
    const { rules } = await explainToken(token, testResourceServer(options))
    const details = Object.fromEntries(rules.map(({ rule, detail }) => [rule, detail]))
    expect(details).toMatchObject(expected)
  })
})
