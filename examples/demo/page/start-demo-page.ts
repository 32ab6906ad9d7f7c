import type { ResourceServerOptions } from 'mcp-resource-server'
import { startAuthorizationServer } from '../authorization-server.ts'
import { collectDecisions } from './decision-feed.ts'
import type { DemoAuthorizationServer, DemoPlace } from './demo-authorization-server.ts'
import { embeddedAuthorizationServer } from './embedded-authorization-server.ts'
import { startGuardedTools, toolScopes } from './guarded-tools.ts'
import { createPageActions } from './page-actions.ts'
import { startPageServer } from './page-server.ts'

export interface DemoPageOptions {
  /** The port of the page; default any free port. */
  readonly pagePort?: number
  /** The port of the MCP server; default any free port. */
  readonly port?: number
  /**
   * Gets an authorization server ready for the page; default one that runs in this process. It is called
   * once, when the addresses are known and before anything answers there.
   */
  readonly authorizationServer?: (place: DemoPlace) => Promise<DemoAuthorizationServer>
  /** Further options of the gate. */
  readonly gate?: Partial<ResourceServerOptions>
}

export interface DemoPage {
  /** The address of the page. */
  readonly url: string
  /** The URL of the MCP server. */
  readonly resource: string
  close(): Promise<void>
}

/** Starts the page to look at: a client in the browser, and what the gate of its MCP server decides. */
export async function startDemoPage(options: DemoPageOptions = {}): Promise<DemoPage> {
  const stop: (() => unknown)[] = []
  const close = async () => {
    for (const end of stop.splice(0).reverse()) await end()
  }
  try {
    return { ...(await start(options, stop)), close }
  } catch (error) {
    await close()
    throw error
  }
}

async function start(
  { pagePort = 0, port = 0, authorizationServer = startEmbedded, gate = {} }: DemoPageOptions,
  stop: (() => unknown)[],
): Promise<Omit<DemoPage, 'close'>> {
  const page = await startPageServer(pagePort)
  stop.push(() => page.close())
  const mcp = await startGuardedTools(port, (id, answer) => feed.told(id, answer))
  stop.push(() => mcp.close())
  const { resource } = mcp
  const feed = collectDecisions(resource)
  stop.push(() => feed.close())

  const { origin } = page
  const server = await authorizationServer({
    ...{ resource, origin, redirectUri: `${origin}/callback` },
    backchannelLogoutUri: `${resource}/backchannel-logout`,
  })
  stop.push(() => server.close?.())
  const { issuer, clientId, trust = { issuer } } = server
  const { scope = 'mcp:tools', stepUpScope = 'mcp:admin' } = server
  const tools = toolScopes(stepUpScope)
  const rules = Object.entries(tools).map(([name, scopes]) => [
    name,
    scopes.length > 0 ? { scopes } : 'allow',
  ])
  mcp.protect({
    authorizationServer: trust,
    requiredScopes: [scope],
    policy: { tools: Object.fromEntries(rules) },
    allowedOrigins: [origin],
    ...gate,
  })
  const actions = createPageActions(server, feed)
  const settings = () => ({
    ...{ resource, issuer, clientId, tools },
    ...{ unable: actions.unable, outage: actions.outage },
  })
  await page.serve({ feed, actions, settings })
  return { url: `${origin}/`, resource }
}

async function startEmbedded(place: DemoPlace): Promise<DemoAuthorizationServer> {
  return embeddedAuthorizationServer(await startAuthorizationServer(), place)
}
