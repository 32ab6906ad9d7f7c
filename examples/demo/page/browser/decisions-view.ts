/** The right side: what the gate decided, and why. */
import type { DecisionRecord, FeedMessage, FeedRecord } from '../decision-record.ts'
import { byId, clockTime, element, milliseconds, rows } from './element.ts'
import { EXPLANATIONS, outcomeOf } from './words.ts'

/** Shows the messages of the feed: the newest button on top, its records in the order of time. */
export function showFeed(): (message: FeedMessage) => void {
  const list = byId('decisions')
  const shown = new Map<string, HTMLElement>()
  let chapter: HTMLOListElement | undefined

  const open = (title: string, at: number) => {
    chapter = element('ol', { class: 'records' })
    const heading = element('h3', {}, title, ' ', timeElement(at))
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
      if (earlier === undefined) (chapter ?? open('Live', message.at)).append(made)
      else earlier.replaceWith(made)
      shown.set(message.id, made)
    }
    byId('nothing').hidden = list.childElementCount > 0
  }
}

function itemOf(record: Exclude<FeedRecord, { readonly kind: 'chapter' }>): HTMLElement {
  if (record.kind === 'decision') return decisionItem(record)
  return element('li', { class: 'note' }, record.text)
}

function decisionItem({ at, event, outbound, told }: DecisionRecord): HTMLElement {
  const { outcome, status, reason = '', detail, nearMiss, correlationId, cache } = event
  const { cause, cure } = EXPLANATIONS[reason] ?? {}
  const facts = {
    'Near miss': nearMiss && element('code', {}, nearMiss),
    Detail: detail,
    Caller: outcome === 'allowed' ? callerOf(event) : undefined,
    Told: told?.challenge && element('code', {}, `WWW-Authenticate: ${told.challenge}`),
    Retry: told?.retryAfter && element('code', {}, `Retry-After: ${told.retryAfter}`),
    Cause: cause,
    Cure: cure,
  }
  return element(
    'li',
    {
      ...{ class: 'decision', 'data-outcome': outcome, 'data-status': String(status) },
      ...{ 'data-reason': reason, 'data-correlation-id': correlationId },
      id: `decision-${correlationId}`,
    },
    element(
      'div',
      { class: 'line' },
      element('span', { class: 'status' }, String(status)),
      element('strong', { class: 'outcome' }, outcomeOf(event)),
      reason !== '' && element('code', { class: 'reason' }, reason),
    ),
    element(
      'p',
      { class: 'meta' },
      timeElement(at),
      element('code', {}, [event.method ?? '', ...(event.operations ?? [])].join(' ')),
      element('span', {}, milliseconds(event.duration)),
      cache !== undefined && element('span', { class: 'cache' }, `cache ${cache}`),
    ),
    rows(facts, { class: 'facts' }),
    outbound.length > 0 && outboundList(outbound),
  )
}

function callerOf(event: DecisionRecord['event']): string {
  const { subject, clientId, grantedScopes = [], possession = [] } = event
  const bound = possession.length > 0 ? `, proof by ${possession.join(' and ')}` : ''
  return `${subject ?? 'nobody'} with ${clientId ?? 'an unnamed client'}, ${grantedScopes.join(' ')}${bound}`
}

function outboundList(outbound: DecisionRecord['outbound']): HTMLElement {
  const items = outbound.map(({ purpose, method, url, status, error, duration }) =>
    element(
      'li',
      {},
      element('span', {}, `asked for ${purpose.replaceAll('_', ' ')}`),
      element('code', {}, `${method} ${url}`),
      element('span', {}, `${status ?? error ?? 'no answer'}, ${milliseconds(duration)}`),
    ),
  )
  return element('ul', { class: 'outbound', 'aria-label': 'Calls that it caused' }, ...items)
}

function timeElement(at: number): HTMLElement {
  return element('time', { datetime: new Date(at).toISOString() }, clockTime(at))
}
