/** The application in the page: an MCP client that signs in by redirect. A test gives it tasks. */
import { dpopKeyPair } from '../../../examples/demo/page/client/key-store.ts'
import { BrowserOAuthClient } from '../../../examples/demo/page/client/oauth-client.ts'
import { store, stored } from '../../../examples/demo/page/client/tab-storage.ts'
import { type McpClient, mcpClient } from './mcp-client.ts'
import type { Outcome, PageSettings, Task } from './messages.ts'
import { exchanges, recordedFetch } from './recorded-fetch.ts'

let oauth: BrowserOAuthClient | undefined
let client: McpClient | undefined
let outcome: Outcome | undefined

/** Does a task now, or after the authorization that it leads to. */
function perform(task: Task): void {
  outcome = undefined
  store('task', task)
  if (task.name === 'connect') store('settings', task.settings)
  work(task).then(
    (result) => settle({ result: result ?? null }),
    (error: Error) => {
      if (!oauth?.leaving) settle({ error: { name: error.name, message: error.message } })
    },
  )
}

function settle(ended: Outcome): void {
  store('task', undefined)
  outcome = ended
  show()
}

async function work(task: Task): Promise<unknown> {
  switch (task.name) {
    case 'connect':
      client = created()
      await client.connect()
      return { sessionId: client.sessionId ?? null }
    case 'call':
      return connected().callTool(task.tool)
    case 'await-list-changed':
      return connected().listChanged
    case 'disconnect':
      return connected().disconnect()
    case 'spoil-token':
      return store('tokens', { ...stored<object>('tokens'), access_token: 'no-longer-accepted' })
    case 'fetch': {
      const response = await recordedFetch(task.url, task.init)
      return { status: response.status, body: await response.text() }
    }
    case 'export-key':
      return crypto.subtle.exportKey('jwk', (await dpopKeyPair()).privateKey)
  }
}

function created(): McpClient {
  const settings = stored<PageSettings>('settings')
  if (settings === undefined) throw new Error('The first task is `connect`.')
  oauth = new BrowserOAuthClient({ dpop: settings.dpop })
  return mcpClient(settings, oauth)
}

function connected(): McpClient {
  if (client === undefined) throw new Error('The page is not connected.')
  return client
}

/** Redeems the code, connects again, and continues with the task. */
async function comeBack(answer: URLSearchParams): Promise<void> {
  history.replaceState(null, '', '/')
  const task = stored<Task>('task')
  const state = stored<string>('state')
  store('state', undefined)
  try {
    if (state === undefined || answer.get('state') !== state) throw new Error('Unknown state')
    await created().finishAuth(answer)
    if (task === undefined) return
    if (task.name !== 'connect') {
      client = created()
      await client.connect()
    }
    perform(task)
  } catch (thrown) {
    const { name, message } = thrown as Error
    settle({ error: { name, message } })
  }
}

/** For the screenshot of a failed test; without tokens and proofs. */
function show(): void {
  const lines = exchanges().map(({ method, url, answer }) =>
    [answer?.status ?? '---', method, url].join(' '),
  )
  document.body.replaceChildren(
    Object.assign(document.createElement('pre'), {
      textContent: [...lines, JSON.stringify(outcome, null, 2)].join('\n'),
    }),
  )
}

Object.assign(globalThis, { page: { perform, outcome: () => outcome, exchanges } })

if (location.pathname === '/callback') void comeBack(new URLSearchParams(location.search))
