/** The left side: who is signed in, the tools, and what was sent and received. */
import type { PageSettings } from '../page-settings.ts'
import { byId, clockTime, element, milliseconds, rows } from './element.ts'
import { type Exchange, exchanges } from './exchanges.ts'
import { signedIn } from './session.ts'

export function showPlaces({ resource, issuer }: PageSettings): void {
  const places = rows({ 'MCP server': resource, 'Authorization server': issuer })
  byId('places').replaceChildren(...places.childNodes)
}

/** The claims that the page shows. A client must not use them for anything else. */
interface ShownClaims {
  readonly sub?: string
  readonly client_id?: string
  readonly azp?: string
  readonly scope?: string
  readonly exp?: number
}

export function showAccount(): void {
  const tokens = signedIn()
  if (tokens === undefined) {
    byId('account').replaceChildren(element('p', { class: 'state' }, 'Signed out'))
    return
  }
  const { sub = 'somebody', client_id, azp, scope, exp } = claimsOf(tokens.access_token)
  const left = exp === undefined ? undefined : Math.max(0, Math.round(exp - Date.now() / 1000))
  const isBound = tokens.token_type.toLowerCase() === 'dpop'
  byId('account').replaceChildren(
    element('p', { class: 'state in' }, 'Signed in as ', element('b', {}, sub)),
    rows(
      {
        Client: client_id ?? azp,
        Subject: sub,
        Scopes: element(
          'span',
          { class: 'scopes' },
          ...chips((tokens.scope ?? scope ?? '').split(' ')),
        ),
        Expires: left === undefined ? undefined : `in ${Math.floor(left / 60)} min ${left % 60} s`,
        Token: isBound ? 'bound to a key that cannot leave this browser (DPoP)' : 'bearer',
      },
      { class: 'facts' },
    ),
  )
}

function claimsOf(token: string): ShownClaims {
  try {
    const [, payload = ''] = token.split('.')
    const binary = atob(payload.replaceAll('-', '+').replaceAll('_', '/'))
    const bytes = Uint8Array.from(binary, (character) => character.charCodeAt(0))
    return JSON.parse(new TextDecoder().decode(bytes)) as ShownClaims
  } catch {
    // An opaque token: only the authorization server can read it.
    return {}
  }
}

const chips = (names: readonly string[]) =>
  names.filter((name) => name !== '').map((name) => element('code', { class: 'chip' }, name))

/** @param listed the tools that the server showed to this client; `undefined` before it was asked */
export function showTools({ tools }: PageSettings, listed: readonly string[] | undefined): void {
  const items = Object.entries(tools).map(([name, scopes]) => {
    const isHidden = listed !== undefined && !listed.includes(name)
    return element(
      'li',
      { class: 'tool' },
      element('code', {}, name),
      ...(scopes.length > 0 ? chips(scopes) : ['any token']),
      isHidden && element('span', { class: 'muted' }, 'hidden from this token'),
    )
  })
  byId('tools').replaceChildren(...items)
}

export function showExchanges(): void {
  const newestFirst = [...exchanges()].reverse()
  byId('exchanges').replaceChildren(...newestFirst.map(exchangeItem))
}

function exchangeItem(exchange: Exchange): HTMLElement {
  const { at, sender, method, url, operation, credentials, status, told, correlationId, duration } =
    exchange
  const kind = status === undefined ? 'open' : status < 400 ? 'good' : status < 500 ? 'bad' : 'down'
  const { origin, pathname } = new URL(url)
  return element(
    'li',
    { class: 'exchange', 'data-kind': kind },
    element('span', { class: 'status' }, status === undefined ? '…' : String(status)),
    element(
      'div',
      {},
      element('code', { class: 'operation' }, operation ?? `${method} ${pathname}`),
      element(
        'span',
        { class: 'muted' },
        [
          ...(sender === 'Client' ? [] : [sender]),
          ...(operation === undefined ? [new URL(origin).host] : []),
          credentials,
          clockTime(at),
          ...(duration === undefined ? [] : [milliseconds(duration)]),
        ].join(' · '),
      ),
      told !== undefined && told !== '' && element('span', {}, told),
      correlationId !== undefined &&
        element(
          'a',
          { href: `#decision-${correlationId}` },
          `Why? id ${correlationId.slice(0, 8)}…`,
        ),
    ),
  )
}
