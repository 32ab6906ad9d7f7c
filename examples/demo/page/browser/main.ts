/** The page: an MCP client on the left, the decisions of the gate on the right. */
import { config } from 'zod'
import type { ButtonName } from '../button-names.ts'
import { store, stored } from '../client/tab-storage.ts'
import type { PageSettings } from '../page-settings.ts'
import { focusButton, markBusy, nameOutage, showButtons, showNext } from './buttons.ts'
import { showAccount, showExchanges, showPlaces, showTools } from './client-view.ts'
import { showFeed } from './decisions-view.ts'
import { byId } from './element.ts'
import { onExchange } from './exchanges.ts'
import { announce, follow, readSettings } from './server-calls.ts'
import { createSession, oauthOptions, signedIn } from './session.ts'
import { stepsOf } from './steps.ts'

// The page's Content-Security-Policy lets no script be made of text.
config({ jitless: true })

const settings: PageSettings = await readSettings()
let isDown = settings.outage
const session = createSession(settings.resource, oauthOptions(settings), () => !isDown)

const say = (sentence: string) => {
  byId('outcome').textContent = sentence
  showSignIn()
}
const showSignIn = () => {
  showAccount()
  showNext(signedIn() !== undefined)
}
const steps = stepsOf({
  settings,
  session,
  listed: (tools) => showTools(settings, tools),
  outage(down) {
    isDown = down
    nameOutage(down)
  },
  say,
})

/** One step after the other. */
let queue = Promise.resolve()
const press = (name: ButtonName) => {
  queue = queue.then(() => announce(name)).then(() => run(name))
}

/** Does a step now, or after the authorization that it leads to. */
async function run(name: ButtonName): Promise<void> {
  store('step', name)
  markBusy(name, true)
  try {
    say(await steps[name]())
  } catch (error) {
    // The page goes away, and continues with the step when it is back.
    if (session.leaving) return
    say((error as Error).message)
  }
  store('step', undefined)
  markBusy(name, false)
}

async function comeBack(answer: URLSearchParams): Promise<void> {
  history.replaceState(null, '', '/')
  const name = stored<ButtonName>('step') ?? 'Sign in'
  try {
    await session.comeBack(answer)
  } catch (error) {
    say((error as Error).message)
    return
  }
  await run(name)
  focusButton(name)
}

showPlaces(settings)
showButtons(settings, press)
showTools(settings, undefined)
showSignIn()
showExchanges()
onExchange(showExchanges)
setInterval(showSignIn, 1000)
follow(showFeed())
if (location.pathname === '/callback') {
  const answer = new URLSearchParams(location.search)
  queue = queue.then(() => comeBack(answer))
}
