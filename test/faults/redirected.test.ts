import { Agent, type Dispatcher, interceptors, RedirectHandler } from 'undici'
import type { HttpOptions } from '../../src/index.ts'
import { allowed, ask, unavailable } from '../support/decisions.ts'
import { json, redirect } from '../support/issuers/answers.ts'
import { describe, expect, it } from '../support/issuers/it.ts'
import { startIssuer } from '../support/issuers/local-issuer.ts'
import { startLoopbackServer } from '../support/issuers/loopback-server.ts'

/** An interceptor of the operator's own, on undici's redirect handler. */
const ownInterceptor: Dispatcher.DispatcherComposeInterceptor = (dispatch) => (options, handler) =>
  dispatch(options, new RedirectHandler(dispatch as never, 3, options as never, handler as never))

/** A fetch that ignores `redirect: 'manual'`. */
const following: typeof fetch = (url, init) => fetch(url, { ...init, redirect: 'follow' })

const TRANSPORTS: [name: string, http: () => HttpOptions, sendsOn: boolean][] = [
  ['the built-in pools', () => ({}), false],
  ['a given fetch', () => ({ fetch: globalThis.fetch }), false],
  ['a given dispatcher', () => ({ dispatcher: new Agent() }), false],
  ['a fetch that follows', () => ({ fetch: following }), true],
  [
    'undici’s redirect interceptor',
    () => ({ dispatcher: new Agent().compose(interceptors.redirect({ maxRedirections: 3 })) }),
    false,
  ],
  [
    'an interceptor on undici’s redirect handler',
    () => ({ dispatcher: new Agent().compose(ownInterceptor) }),
    false,
  ],
]

describe.each(TRANSPORTS)('through %s', (_name, http, sendsOn) => {
  it.each([301, 302, 303, 307, 308])(
    'S1.7 RFC7662-3: a redirected answer is 503: HTTP %i',
    async (code) => {
      await using issuer = await startIssuer()
      await using target = await startLoopbackServer()
      target.on(issuer.introspection.path, issuer.active())
      issuer.introspection.answers(redirect(`${target.origin}${issuer.introspection.path}`, code))
      const gate = issuer.introspectingGate({ http: http() })
      expect(await ask(gate, 'opaque')).toEqual(unavailable('introspection_unavailable'))
      // A fetch has sent the request by then. undici can be stopped before it sends it.
      if (!sendsOn) expect(target.count()).toBe(0)
    },
  )

  it('RFC8725-2: a key set from another URL is not used', async ({ issuer }) => {
    await using target = await startLoopbackServer()
    target.on(issuer.keys.path, json({ keys: [issuer.signer.publicKey] }))
    issuer.keys.answers(redirect(`${target.origin}${issuer.keys.path}`))
    const gate = issuer.gate({}, { http: http() })
    expect(await ask(gate, await issuer.token())).toEqual(unavailable('key_set_unavailable'))
  })

  it('an answer that is not redirected is used', async () => {
    await using issuer = await startIssuer({ path: '/realms/acme' })
    const gate = issuer.gate({}, { http: http() })
    expect(await ask(gate, await issuer.token())).toMatchObject(allowed)
  })
})

describe('a given fetch', () => {
  const decide = async (change: (reply: Response, url: string) => Response) => {
    await using issuer = await startIssuer()
    issuer.introspection.answers(issuer.active())
    const own: typeof fetch = async (url, init) => change(await fetch(url, init), String(url))
    return await ask(issuer.introspectingGate({ http: { fetch: own } }), 'opaque')
  }
  /** A real answer with some members replaced. */
  const but = (reply: Response, members: Record<string, unknown>) => {
    for (const [name, value] of Object.entries(members)) {
      Object.defineProperty(reply, name, { value })
    }
    return reply
  }

  it.each<[string, Record<string, unknown>]>([
    ['"redirected"', { redirected: true }],
    ['another URL', { url: 'https://elsewhere.example/introspect' }],
    ['the type "opaqueredirect"', { type: 'opaqueredirect' }],
  ])('S1.7: an answer with %s is 503', async (_what, members) => {
    const decision = await decide((reply) => but(reply, members))
    expect(decision).toEqual(unavailable('introspection_unavailable'))
    expect(decision).toMatchObject({ detail: expect.stringContaining('redirect') })
  })

  it('a Response that a test created, which has no URL, is used', async () => {
    const made = (reply: Response) => new Response(reply.body, { headers: reply.headers })
    expect(await decide(made)).toMatchObject(allowed)
  })
})
