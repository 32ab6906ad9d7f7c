/** The page's own server: settings, actions, events. */
import type { FeedMessage } from '../decision-record.ts'
import type { ActionAnswer, PageAction, PageSettings } from '../page-settings.ts'

export async function readSettings(): Promise<PageSettings> {
  return (await (await fetch('/settings')).json()) as PageSettings
}

/** @throws {Error} if the server could not do it */
export async function perform(action: PageAction): Promise<ActionAnswer> {
  return post(`/actions/${action}`)
}

/** Performs an action that returns a token. */
export async function tokenFrom(action: PageAction): Promise<string> {
  const { token = '' } = await perform(action)
  return token
}

/** Begins a chapter: later decisions of the gate appear below the name of the button. */
export async function announce(button: string): Promise<void> {
  await post(`/pressed?button=${encodeURIComponent(button)}`)
}

/**
 * Calls back with all records, and with each further message. After a lost connection everything is
 * sent again.
 */
export function follow(listener: (message: FeedMessage) => void): void {
  const events = new EventSource('/events')
  events.onopen = () => listener({ kind: 'reset' })
  events.onmessage = ({ data }) => listener(JSON.parse(data) as FeedMessage)
}

async function post(path: string): Promise<ActionAnswer> {
  const answer = (await (await fetch(path, { method: 'POST' })).json()) as ActionAnswer
  if (answer.error !== undefined) throw new Error(answer.error)
  return answer
}
