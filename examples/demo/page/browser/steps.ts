/** What each button does. Each step returns a sentence for the reader. */
import type { McpSubscription } from '@modelcontextprotocol/client'
import { type ButtonName, DOWN, UP } from '../button-names.ts'
import type { PageSettings } from '../page-settings.ts'
import { sendToken, stealToken } from './attacks.ts'
import { forgetExchanges } from './exchanges.ts'
import { perform, tokenFrom } from './server-calls.ts'
import {
  connect,
  forgetSignIn,
  LastToken,
  oauthOptions,
  type Session,
  signedIn,
} from './session.ts'

export interface Surroundings {
  readonly settings: PageSettings
  readonly session: Session
  /** Called with the names of the tools that the server lists. */
  listed(tools: readonly string[] | undefined): void
  outage(isDown: boolean): void
  say(sentence: string): void
}

let stream: McpSubscription | undefined

export function stepsOf({ settings, session, listed, outage, say }: Surroundings) {
  const { resource } = settings

  const connectAndList = async () => {
    const client = await session.connect()
    const { tools } = await client.listTools()
    listed(tools.map(({ name }) => name))
    return client
  }
  const call = async (name: string, values: Record<string, unknown>) => {
    const client = await session.connect()
    const { structuredContent } = await client.callTool({ name, arguments: values })
    const { result } = (structuredContent ?? {}) as { result?: unknown }
    return `${name}(${Object.values(values).join(', ')}) returned ${result}.`
  }
  const stepUpTool =
    Object.entries(settings.tools).find(([, scopes]) => scopes.length > 0)?.[0] ?? ''

  const steps: Record<ButtonName, () => Promise<string>> = {
    async 'Sign in'() {
      await connectAndList()
      return 'Signed in, and connected.'
    },
    'Call a tool': () => call('add_numbers', { a: 2, b: 3 }),
    async 'Step up'() {
      const sentence = await call(stepUpTool, {})
      await connectAndList()
      return `${sentence} The user has agreed to the further scope.`
    },
    async 'Open stream'() {
      if (stream !== undefined) return 'The stream is already open. Log out ends it.'
      const client = await session.connect()
      const opened = await client.listen({ toolsListChanged: true })
      stream = opened
      void opened.closed.then((how) => {
        if (stream === opened) say(`The event stream has ended (${how}).`)
        stream = undefined
      })
      return 'The event stream is open. It ends with the sign-in.'
    },
    async 'Log out'() {
      if (signedIn() === undefined) return 'Nobody is signed in.'
      await perform('log-out')
      const oauth = new LastToken(oauthOptions(settings))
      const late = await connect(resource, oauth, 'Client').then(
        (client) => client.close().then(() => 'the next call was still accepted'),
        () => 'the next call with its token was refused at once',
      )
      await session.close()
      forgetSignIn()
      listed(undefined)
      return `Logged out at the authorization server, and ${late}.`
    },
    'No token': () => sendToken(resource, undefined),
    'Expired token': async () => sendToken(resource, await tokenFrom('expired-token')),
    'Wrong audience': async () => sendToken(resource, await tokenFrom('other-audience-token')),
    'Stolen bound token': () => stealToken(resource),
    async [DOWN]() {
      const { token } = await perform('outage-start')
      outage(true)
      const goesOn = signedIn() === undefined ? '' : `${await call('add_numbers', { a: 2, b: 3 })} `
      if (token !== undefined) await sendToken(resource, token)
      return `${goesOn}The authorization server is down: known keys are cached, and what needs a new key gets 503.`
    },
    async [UP]() {
      await perform('outage-end')
      outage(false)
      return 'The authorization server is up again.'
    },
    async Reset() {
      await session.close()
      forgetSignIn()
      forgetExchanges()
      listed(undefined)
      await perform('reset')
      outage(false)
      return 'Everything is as at the beginning.'
    },
  }
  return steps
}
