/** The right side: what the gate decided, and why. */
import type { DecisionRecord, FeedMessage, FeedRecord, ToldCaller } from '../decision-record.ts'
import { byId, clockTime, element, milliseconds, rows } from './element.ts'
import { EXPLANATIONS, LOOKS, lookOf, outcomeOf } from './words.ts'

/** Shows the messages of the feed: the newest button on top, its records in the order of time. */
export function showFeed(): (message: FeedMessage) => void {
  const list = byId('decisions')
  const shown = new Map<string, HTMLElement>()
  let chapter: HTMLOListElement | undefined

  const open = (title: string, at: number) => {
    chapter = element('ol', { class: 'records' })
    const heading = element('h3', {}, title, ' ', timeElement(at, 'began'))
    list.prepend(element('li', { class: 'chapter' }, heading, chapter))
    return chapter
  }
  return (message) => {
    if (message.kind === 'reset') {
      list.replaceChildren()
      shown.clear()
      chapter = undefined
    } else if (message.kind === 'chapter') {
      open(message.title, message.at)
    } else {
      const made = itemOf(message)
      const earlier = shown.get(message.id)
      made.classList.toggle('new', earlier === undefined)
      if (earlier === undefined) (chapter ?? open('Live', message.at)).append(made)
      else earlier.replaceWith(made)
      shown.set(message.id, made)
    }
    byId('nothing').hidden = list.childElementCount > 0
    showCounts(list)
  }
}

/** How many decisions of each look are shown. */
function showCounts(list: HTMLElement): void {
  const counts = Object.entries(LOOKS).map(([look, word]) => {
    const count = list.querySelectorAll(`.decision[data-look=${look}]`).length
    return element(
      'li',
      { class: 'counted', 'data-look': look },
      element('b', {}, String(count)),
      ` ${word}`,
    )
  })
  byId('counts').replaceChildren(...counts)
}

function itemOf(record: Exclude<FeedRecord, { readonly kind: 'chapter' }>): HTMLElement {
  if (record.kind === 'decision') return decisionItem(record)
  return element('li', { class: 'note' }, record.text)
}

function decisionItem({ at, event, outbound, told }: DecisionRecord): HTMLElement {
  const { outcome, status, reason = '', detail, nearMiss, correlationId, cache } = event
  const { cause, cure } = EXPLANATIONS[reason] ?? {}
  const facts = {
    Detail: detail,
    'Near miss': nearMiss && element('code', {}, nearMiss),
    Cause: cause,
    Cure: cure,
  }
  const operations = event.operations?.join(', ')
  return element(
    'li',
    {
      ...{ class: 'decision', 'data-outcome': outcome, 'data-status': String(status) },
      ...{ 'data-reason': reason, 'data-correlation-id': correlationId },
      ...{ 'data-look': lookOf(event), id: `decision-${correlationId}` },
    },
    element(
      'div',
      { class: 'line' },
      element('span', { class: 'verdict' }, String(status)),
      element('strong', { class: 'outcome' }, outcomeOf(event)),
      reason !== '' && element('code', { class: 'reason' }, reason),
    ),
    element(
      'p',
      { class: 'meta' },
      timeElement(at, 'moment'),
      element('code', {}, [event.method ?? '', operations ?? ''].join(' ').trim()),
      element('span', {}, milliseconds(event.duration)),
      cache !== undefined && element('span', {}, `cache ${cache}`),
      outcome === 'allowed' && element('span', {}, callerOf(event)),
      outcome !== 'allowed' && element('span', { class: 'id' }, `id ${correlationId}`),
    ),
    outcome !== 'allowed' && rows(facts, { class: 'facts' }),
    told !== undefined && toldBlock(told),
    outbound.length > 0 && outboundList(outbound),
  )
}

/** Everything that the caller learns: never the reason. */
function toldBlock({ challenge, retryAfter }: ToldCaller): HTMLElement {
  const challenges = challenge?.split(/, (?=(?:Bearer|DPoP) )/) ?? []
  return element(
    'div',
    { class: 'told' },
    element('p', {}, 'What the caller was told'),
    ...challenges.map((text) => element('code', {}, `WWW-Authenticate: ${text}`)),
    retryAfter !== undefined && element('code', {}, `Retry-After: ${retryAfter}`),
  )
}

function callerOf(event: DecisionRecord['event']): string {
  const { subject, clientId, grantedScopes = [], possession = [] } = event
  const proof = possession.map((name) => ({ dpop: 'DPoP proof', mtls: 'certificate' })[name])
  return [subject, clientId, grantedScopes.join(' '), ...proof].join(' · ')
}

function outboundList(outbound: DecisionRecord['outbound']): HTMLElement {
  const items = outbound.map(({ purpose, method, url, status, error, duration }) =>
    element(
      'li',
      { class: 'call' },
      element('span', {}, `asked for ${purpose.replaceAll('_', ' ')}`),
      element('code', {}, `${method} ${url}`),
      element('span', {}, `${status ?? error ?? 'no answer'}, ${milliseconds(duration)}`),
    ),
  )
  return element('ul', { class: 'outbound', 'aria-label': 'Calls that it caused' }, ...items)
}

function timeElement(at: number, className: string): HTMLElement {
  return element('time', { class: className, datetime: new Date(at).toISOString() }, clockTime(at))
}
