import { keycloakProfile } from '../../src/keycloak/profile.ts'
import { allowed, ask, refused, unavailable } from '../support/decisions.ts'
import { html, inactive, json, raw } from '../support/issuers/answers.ts'
import { describe, expect, it } from '../support/issuers/it.ts'
import {
  type GateOptions,
  type LocalIssuer,
  RESOURCE,
  startIssuer,
} from '../support/issuers/local-issuer.ts'
import type { Answer } from '../support/issuers/loopback-server.ts'
import { words } from '../support/words.ts'

async function decide(issuer: LocalIssuer, answer: Answer, options?: GateOptions) {
  issuer.introspection.answers(answer)
  return ask(issuer.introspectingGate(options), 'opaque')
}

describe('an answer that is no introspection answer', () => {
  it.each<[string, unknown]>([
    ['"true"', 'true'],
    ['1', 1],
    ['null', null],
    ['a list', [true]],
    ['an object', {}],
    ['"false"', 'false'],
    ['0', 0],
    ['""', ''],
  ])('RFC7662-2: "active" as %s is 503', async (_what, value) => {
    await using issuer = await startIssuer()
    const decision = await decide(issuer, json({ ...issuer.claims(), active: value }))
    expect(decision).toEqual(unavailable('introspection_answer_invalid'))
  })

  it.each<[string, (issuer: LocalIssuer) => Answer]>([
    ['"active" is missing', (issuer) => json(issuer.claims())],
    ['a list', (issuer) => json([{ active: true, ...issuer.claims() }])],
    ['null', () => json(null)],
    ['a string', () => json('active')],
    ['nothing', () => raw('')],
    ['half an object', () => raw('{"active":true')],
    ['two objects', () => raw('{"active":false}{"active":true}')],
    ['no UTF-8', () => raw(Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]))],
    ['a byte order mark', () => raw('\ufeff{"active":true}')],
    ['200 with a page for people', () => html()],
    [
      '"active" twice',
      (issuer) =>
        raw(JSON.stringify(issuer.claims()).replace('{', '{"active":false,"active":true,')),
    ],
    [
      '"aud" twice',
      (issuer) =>
        raw(
          JSON.stringify({ active: true, ...issuer.claims() }).replace('{', '{"aud":"https://x",'),
        ),
    ],
    [
      'nested a thousand deep',
      () => raw(`{"active":true,"x":${'['.repeat(1000)}${']'.repeat(1000)}}`),
    ],
  ])('RFC7662-2: %s is 503', async (_what, answer) => {
    await using issuer = await startIssuer()
    const decision = await decide(issuer, answer(issuer))
    expect(decision).toEqual(unavailable('introspection_answer_invalid'))
  })

  it.each([
    'text/html',
    'text/plain',
    'application/jwt',
    'application/token-introspection+jwt',
    'application/jsonp',
    undefined,
  ])('RFC7662-2: a good answer that is called %s is 503', async (contentType) => {
    await using issuer = await startIssuer()
    const body = JSON.stringify({ active: true, ...issuer.claims() })
    const answer: Answer = (_received, response) => {
      response.writeHead(200, contentType === undefined ? {} : { 'content-type': contentType })
      response.end(body)
    }
    expect(await decide(issuer, answer)).toEqual(unavailable('introspection_answer_invalid'))
  })

  it.each(['application/json', 'application/json;charset=UTF-8', 'Application/JSON ; q=1'])(
    'RFC7662-2: a good answer that is called %s is taken',
    async (contentType) => {
      await using issuer = await startIssuer()
      const answer = json({ active: true, ...issuer.claims() }, contentType)
      expect(await decide(issuer, answer)).toMatchObject(allowed)
    },
  )

  it('the cap is what http.maxResponseSize says, to the byte', async ({ issuer }) => {
    const body = JSON.stringify({ active: true, ...issuer.claims() }).padEnd(4096, ' ')
    const http = (maxResponseSize: number) => ({ http: { maxResponseSize } })
    expect(await decide(issuer, raw(body), http(4096))).toMatchObject(allowed)
    expect(await decide(issuer, raw(body), http(4095))).toEqual(
      unavailable('introspection_unavailable'),
    )
  })
})

/** Of every type that JSON has, odd ones included. */
const VALUES: readonly unknown[] = [
  ...[null, true, false, 0, -1, 1.5, 1e300, '', ' ', 'text', '9999999999'],
  ...[[], [null], [1], ['text'], [['text']], {}, { a: 1 }, { '': null }],
]

/** The members that RFC 7662 §2.2 names, those of RFC 8705 and 9449, and Keycloak's. */
const MEMBERS = words`scope client_id username token_type exp iat nbf sub aud iss jti cnf azp typ`

/** The types in which a member says something, so that it is judged, and may be refused. */
const MEANS: Record<string, (value: unknown) => boolean> = {
  exp: isDate,
  iat: isDate,
  nbf: isDate,
  aud: (value) => isText(value) || isTexts(value),
  scope: (value) => typeof value === 'string' || isTexts(value),
  // What is not known of a binding refuses the token (CNF-1).
  cnf: (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
  username: () => true,
}

function isDate(value: unknown): boolean {
  return typeof value === 'number' && value >= 0 && value <= Number.MAX_SAFE_INTEGER
}
function isText(value: unknown): boolean {
  return typeof value === 'string'
}
function isTexts(value: unknown): boolean {
  return Array.isArray(value) && value.every(isText)
}

describe('a member of the wrong type', () => {
  const cases = MEMBERS.flatMap((name) => VALUES.map((value) => [name, value] as const))

  it.each(['opaque', 'JWT', 'lightweight'])(
    'RFC7662-2 RFC7662-3: in an answer is never the caller’s fault: about a token that is %s',
    async (kind) => {
      await using issuer = await startIssuer()
      const changes = { typ: 'Bearer', azp: 'a-client', jti: 'one' }
      const light = kind === 'lightweight' ? { sub: undefined, aud: undefined } : {}
      const gate = issuer.gate(
        {
          profile: keycloakProfile,
          confirm: 'always',
          introspection: {
            clientId: 'mcp-server',
            clientSecret: 'secret',
            endpoint: issuer.introspection.url,
          },
        },
        { cache: false },
      )
      let judged = 0
      for (const [name, value] of cases) {
        const token =
          kind === 'opaque'
            ? 'opaque'
            : await issuer.token({ ...changes, ...light }, { typ: 'JWT' })
        issuer.introspection.answers(issuer.active({ ...changes, [name]: value }))
        const decision = await ask(gate, token)
        const what = `${name}: ${JSON.stringify(value)} → ${JSON.stringify(decision)}`
        const means = (MEANS[name] ?? ((text) => text !== '' && isText(text)))(value)
        if (means) {
          // Whatever it means for the token: a defined result, and no failure of ours.
          expect([200, 401, 403, 503], what).toContain('status' in decision ? decision.status : 200)
          expect('reason' in decision && decision.reason, what).not.toBe('verifier_failed')
        } else expect(decision, what).toEqual(unavailable('introspection_answer_invalid'))
        judged += 1
      }
      expect(judged).toBe(MEMBERS.length * VALUES.length)
    },
  )

  it('in a JWT stays the token’s fault: its issuer signed it', async ({ issuer }) => {
    const gate = issuer.gate()
    for (const scope of [null, 7, {}, [7]]) {
      expect(await ask(gate, await issuer.token({ scope }))).toMatchObject(
        refused('claim_malformed'),
      )
    }
  })
})

describe('an answer that speaks of another token', () => {
  it('RFC7662-5: a good answer makes the verified token', async ({ issuer }) => {
    const decision = await decide(issuer, issuer.active({ scope: 'a b', sub: 'bob' }))
    expect(decision).toMatchObject({
      outcome: 'allowed',
      token: {
        issuer: issuer.issuer,
        subject: 'bob',
        clientId: 'a-client',
        audience: [RESOURCE],
        scopes: ['a', 'b'],
        format: 'opaque',
        verifiedBy: 'introspection',
      },
    })
  })

  it.each<[string, object, string]>([
    ['no aud', { aud: undefined }, 'audience_missing'],
    ['an empty aud', { aud: [] }, 'audience_missing'],
    ['another aud', { aud: 'https://other.example.com' }, 'audience_mismatch'],
    ['a longer aud', { aud: `${RESOURCE}/` }, 'audience_mismatch'],
    ['no exp', { exp: undefined }, 'claim_missing'],
    ['an exp that has passed', { exp: 1 }, 'token_expired'],
    ['an nbf ahead', { nbf: 9_999_999_999 }, 'token_not_yet_valid'],
    ['an iat ahead', { iat: 9_999_999_999 }, 'token_issued_in_future'],
    ['another iss', { iss: 'https://other.example.com' }, 'issuer_unknown'],
    ['neither sub nor client_id', { sub: undefined, client_id: undefined }, 'claim_missing'],
    ['a refresh token’s type', { token_type: 'refresh_token' }, 'token_type_refused'],
    ['a DPoP key', { cnf: { jkt: 'thumbprint' } }, 'sender_constraint_unmet'],
    ['a certificate', { cnf: { 'x5t#S256': 'thumbprint' } }, 'sender_constraint_unmet'],
    ['an unknown confirmation', { cnf: { kid: 'key' } }, 'confirmation_unknown'],
    ['an empty confirmation', { cnf: {} }, 'confirmation_unknown'],
  ])('RFC7662-5: %s is refused', async (_what, changes, reason) => {
    await using issuer = await startIssuer()
    expect(await decide(issuer, issuer.active(changes))).toMatchObject(refused(reason))
  })

  it('RFC7662-5: the scopes are those of the answer', async ({ issuer }) => {
    const decision = await decide(issuer, issuer.active({ scope: 'other' }), {
      requiredScopes: ['mcp:tools'],
    })
    expect(decision).toMatchObject({ status: 403, reason: 'scope_missing' })
  })

  it('RFC7662-5: an answer without iss is the pinned issuer’s', async ({ issuer }) => {
    const decision = await decide(issuer, issuer.active({ iss: undefined }))
    expect(decision).toMatchObject({ outcome: 'allowed', token: { issuer: issuer.issuer } })
  })

  it('RFC7662-2: "inactive" is 401, whatever else it says', async ({ issuer }) => {
    expect(await decide(issuer, inactive())).toMatchObject(refused('token_inactive'))
    const more = json({ ...issuer.claims(), active: false })
    expect(await decide(issuer, more)).toMatchObject(refused('token_inactive'))
  })
})
