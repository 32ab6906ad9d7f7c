import { describe, expect, it } from 'vitest'
import { type ExplainOptions, explainToken } from '../../../src/explain/index.ts'
import {
  answering,
  CLAIMS,
  type Claims,
  INTROSPECTION,
  NOW,
  type Overrides,
  signToken,
  testResourceServer,
} from '../../support/tokens.ts'

const policy = {
  tools: {
    add: 'allow',
    write: { scopes: ['w'] },
    bound: { dpop: true, scopes: ['b'] },
    drop: 'deny',
    own: { allow: () => true },
    dropped: { roles: ['admin'], allow: () => true },
  },
} as const
const clientCertificate = {
  header: 'x-client-cert',
  format: 'base64-der',
  trustedProxies: ['127.0.0.1'],
} as const

const BEARER = 'holds: the token may be presented as a bearer token'
const KNOWN = 'holds: no revocation of the token is known here'
const SCOPES = 'holds: the token has the required scopes: mcp:tools'
const LISTS =
  'holds: may be called: add; need more scopes: write (w); need a token that is bound to a DPoP key: bound; ' +
  'a function decides: own; denied whatever the scopes: drop, dropped'
const PROOF =
  'unchecked sender_constraint_unmet: the request needs the scheme DPoP, and in the header DPoP a proof with ' +
  'the key of the token'
const needs = (rule: string) => `unchecked: not checked, because it needs the rule ${rule}`

/** The rules of the gate itself, with their outcomes. Those about the claims are not looked at. */
const OWN = ['sender-constraint', 'revocation', 'policy', 'tools', 'scopes']

async function explain(options: Overrides, claims: Claims, use: ExplainOptions) {
  const token = await signToken({ claims })
  const { verdict, rules } = await explainToken(token, testResourceServer(options), use)
  const own = rules
    .filter(({ rule }) => OWN.includes(rule))
    .map(({ rule, outcome, reason, detail }) => [
      rule,
      `${outcome}${reason === undefined ? '' : ` ${reason}`}: ${detail}`,
    ])
  return { verdict, ...Object.fromEntries(own) }
}

describe('what the gate would decide about a token', () => {
  it.each<[string, Overrides, Claims, ExplainOptions, Record<string, string>]>([
    ['no policy', {}, {}, {}, { verdict: 'accepted', scopes: SCOPES }],
    ['no policy, and a tool', {}, {}, { tool: 'add' }, { verdict: 'accepted', scopes: SCOPES }],
    [
      'no required scope',
      { requiredScopes: [] },
      {},
      {},
      { verdict: 'accepted', scopes: 'holds: no scope is required' },
    ],
    [
      'offline',
      {},
      {},
      { fetch: false },
      {
        verdict: 'accepted',
        revocation:
          'unchecked: not checked offline: a running server knows which tokens are revoked',
        scopes: SCOPES,
      },
    ],
    [
      'an allowed tool',
      { policy },
      {},
      { tool: 'add' },
      {
        verdict: 'accepted',
        policy: 'holds: no rule of the policy denies the tool "add"',
        scopes: SCOPES,
      },
    ],
    [
      'a tool whose scope the token lacks',
      { policy },
      {},
      { tool: 'write' },
      {
        verdict: 'refused',
        policy: 'holds: no rule of the policy denies the tool "write"',
        scopes:
          'broken scope_missing: the token has too few scopes: tools/call "write"; it lacks "w"',
      },
    ],
    [
      'a tool whose scope the token has',
      { policy },
      { scope: 'mcp:tools w' },
      { tool: 'write' },
      {
        verdict: 'accepted',
        policy: 'holds: no rule of the policy denies the tool "write"',
        scopes: 'holds: the token has the required scopes: mcp:tools w',
      },
    ],
    [
      'a tool that needs a bound token',
      { policy },
      {},
      { tool: 'bound' },
      {
        verdict: 'refused',
        policy:
          'broken dpop_required: tools/call "bound": the rule needs a token that is bound to a DPoP key',
        scopes: SCOPES,
      },
    ],
    [
      'a denied tool',
      { policy },
      {},
      { tool: 'drop' },
      {
        verdict: 'refused',
        policy: 'broken operation_denied: tools/call "drop": the rule "drop" says deny',
        scopes: SCOPES,
      },
    ],
    ['a policy', { policy }, {}, {}, { verdict: 'accepted', tools: LISTS, scopes: SCOPES }],
    [
      'a policy, offline',
      { policy },
      {},
      { fetch: false },
      {
        verdict: 'accepted',
        revocation:
          'unchecked: not checked offline: a running server knows which tokens are revoked',
        tools: LISTS,
        scopes: SCOPES,
      },
    ],
    [
      'a policy without tools',
      { policy: { default: 'allow' } },
      {},
      {},
      { verdict: 'accepted', scopes: SCOPES },
    ],
    [
      'a revoked token',
      { policy, revocation: () => true },
      {},
      {},
      {
        verdict: 'refused',
        revocation: 'broken token_revoked: the token has been revoked',
        tools: needs('revocation'),
        scopes: SCOPES,
      },
    ],
    [
      'an expired token',
      { policy },
      { exp: NOW - 100 },
      { tool: 'add' },
      {
        verdict: 'refused',
        revocation: needs('expiry'),
        policy: needs('expiry'),
        scopes: SCOPES,
      },
    ],
    [
      'a malformed scope claim',
      {},
      { scope: 5 },
      {},
      {
        verdict: 'refused',
        revocation: needs('scope-claim'),
        scopes: needs('scope-claim'),
      },
    ],
    [
      'a rule for the method of all tools',
      {
        policy: {
          methods: { 'tools/call': { scopes: ['m', 'n'] } },
          tools: { add: 'allow', own: { allow: () => true } },
        },
      },
      {},
      {},
      {
        verdict: 'accepted',
        tools:
          'holds: may be called: none; need more scopes: add (m n); a function decides: own (m n)',
        scopes: SCOPES,
      },
    ],
    [
      'a token with a key',
      { policy },
      { cnf: { jkt: 'a' } },
      {},
      {
        verdict: 'undecided',
        'sender-constraint': PROOF,
        tools:
          'holds: may be called: add; need more scopes: write (w), bound (b); a function decides: own; ' +
          'denied whatever the scopes: drop, dropped',
        scopes: SCOPES,
      },
    ],
    [
      'a token with a key, where that is required',
      { dpop: 'required' },
      { cnf: { jkt: 'a' } },
      {},
      { verdict: 'undecided', 'sender-constraint': PROOF, scopes: SCOPES },
    ],
    [
      'a token with a key and a certificate',
      { clientCertificate },
      { cnf: { jkt: 'a', 'x5t#S256': 'b' } },
      {},
      {
        verdict: 'undecided',
        'sender-constraint': `${PROOF}, and the client certificate of the token`,
        scopes: SCOPES,
      },
    ],
    [
      'a token without a key, where that is required',
      { dpop: 'required' },
      {},
      {},
      {
        verdict: 'refused',
        'sender-constraint':
          'broken dpop_token_not_bound: the token was presented with DPoP, but is not bound to a key ("cnf": jkt)',
        revocation: needs('sender-constraint'),
        scopes: SCOPES,
      },
    ],
    [
      'a token with a key, where DPoP is off',
      { dpop: 'off' },
      { cnf: { jkt: 'a' } },
      {},
      {
        verdict: 'refused',
        'sender-constraint':
          'broken sender_constraint_unmet: the token is bound ("cnf": jkt), and was presented as a plain bearer ' +
          'token; expected the scheme DPoP and a proof, which the option `dpop` must allow',
        revocation: needs('sender-constraint'),
        scopes: SCOPES,
      },
    ],
  ])('rule by rule: %s', async (...row) => {
    const [, options, claims, use, expected] = row
    const usual = { 'sender-constraint': BEARER, revocation: KNOWN }
    expect(await explain(options, claims, use)).toEqual({ ...usual, ...expected })
  })

  it('the scopes of a lightweight token are those that introspection completes', async () => {
    const profile = { name: 'test', isLightweight: ({ sub }: Claims) => sub === undefined }
    const options = {
      server: { profile, introspection: INTROSPECTION },
      http: answering(CLAIMS),
    }
    const light = { sub: undefined, scope: undefined }
    expect(await explain(options, light, {})).toMatchObject({
      verdict: 'accepted',
      scopes: SCOPES,
    })
    expect(await explain(options, { ...light, scope: 5 }, {})).toMatchObject({
      verdict: 'refused',
      scopes: needs('completed-scope-claim'),
    })
  })

  it('a token with a certificate needs the certificate in its request', async () => {
    const cnf = { 'x5t#S256': 'a' }
    expect(await explain({ clientCertificate }, { cnf }, {})).toMatchObject({
      verdict: 'undecided',
      'sender-constraint': expect.stringContaining(
        ': the request needs the client certificate that the token is bound to',
      ),
    })
  })

  it('names fifty tools, and counts the others', async () => {
    const names = Array.from({ length: 52 }, (_, at) => `tool-${at}`)
    const list = async (count: number) => {
      const tools = Object.fromEntries(names.slice(0, count).map((name) => [name, 'deny' as const]))
      return (await explain({ policy: { tools } }, {}, {})).tools
    }
    const first = names.slice(0, 50).join(', ')
    const start = 'holds: may be called: none; denied whatever the scopes: '
    expect(await list(50)).toBe(`${start}${first}`)
    expect(await list(52)).toBe(`${start}${first} and 2 more`)
  })

  it.each([
    ['', 'authorization_malformed'],
    ['a b', 'authorization_malformed'],
    ['a'.repeat(8193), 'token_too_long'],
  ])('a text that no header can carry has one rule', async (text, reason) => {
    const { rules } = await explainToken(text, testResourceServer())
    expect(rules).toMatchObject([{ rule: 'text', outcome: 'broken', reason }])
  })

  it('a text that a header can carry is counted', async () => {
    const { rules } = await explainToken('opaque', testResourceServer())
    expect(rules).toMatchObject([
      {
        rule: 'text',
        outcome: 'holds',
        detail: '6 characters that an Authorization header can carry',
      },
      { rule: 'format', outcome: 'broken', reason: 'token_opaque' },
    ])
  })
})
