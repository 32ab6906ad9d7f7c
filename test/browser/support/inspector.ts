import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { freePort } from '../../../scripts/keycloak/ports.ts'

const FOLDER = resolve(import.meta.dirname, '../inspector')
const LAUNCHER = join(
  FOLDER,
  'node_modules/@modelcontextprotocol/inspector/clients/launcher/build/index.js',
)

/** Milliseconds that the Inspector may take to start. */
const PATIENCE = 60_000

/** A running MCP Inspector. */
export interface Inspector {
  /** The address of its page, with the token that the page needs. */
  readonly url: string
  /** Where its page gets authorization codes. */
  readonly redirectUri: string
  close(): Promise<void>
}

/**
 * Starts the stock MCP Inspector for one server, on loopback, with a home folder of its own.
 *
 * @param clientId of a client that the authorization server knows; without it the Inspector registers itself
 */
export async function startInspector(serverUrl: string, clientId?: string): Promise<Inspector> {
  const home = mkdtempSync(join(tmpdir(), 'inspector-'))
  const config = join(home, 'servers.json')
  const server = {
    type: 'streamable-http',
    url: serverUrl,
    ...(clientId && { oauth: { clientId } }),
  }
  writeFileSync(config, JSON.stringify({ mcpServers: { notes: server } }))
  const port = await freePort()
  const child = spawn(process.execPath, [LAUNCHER, '--web', '--config', config], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      PATH: process.env.PATH,
      HOME: home,
      CLIENT_PORT: String(port),
      MCP_SANDBOX_PORT: '0',
      MCP_APP_ORIGIN_PORT: '0',
      MCP_AUTO_OPEN_ENABLED: 'false',
      MCP_INSPECTOR_SECRET_STORE: 'memory',
    },
  })
  const ended = new Promise<void>((done) => child.once('close', () => done()))
  const close = async () => {
    child.kill()
    await ended
    rmSync(home, { recursive: true, force: true })
  }
  let output = ''
  const url = await new Promise<string>((found, fail) => {
    const timer = setTimeout(() => fail(new Error(`no address after ${PATIENCE} ms`)), PATIENCE)
    const read = (chunk: Buffer): void => {
      output += chunk
      const [address] = /http:\/\/\S+MCP_INSPECTOR_API_TOKEN=\w+/.exec(output) ?? []
      if (address !== undefined) {
        clearTimeout(timer)
        found(address)
      }
    }
    child.stdout.on('data', read)
    child.stderr.on('data', read)
    child.once('error', fail)
    child.once('close', (code) => fail(new Error(`it ended with ${code}`)))
  }).catch(async (error: Error) => {
    await close()
    throw new Error(
      `The MCP Inspector did not start: ${error.message}\n${output}\n` +
        'Run "npm ci --prefix test/browser/inspector" if it is not installed.',
    )
  })
  return {
    url,
    redirectUri: `http://127.0.0.1:${port}/oauth/callback`,
    close,
  }
}
