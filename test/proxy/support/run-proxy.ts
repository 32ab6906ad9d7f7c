import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePort } from '../../../scripts/keycloak/ports.ts'
import type { TestCertificate } from '../../support/certificates.ts'
import { PATHS } from '../../support/debian-packages.ts'

/** A proxy: the language of its block in the guide, and how it is started with a configuration. */
export interface ProxyKind {
  readonly language: 'nginx' | 'haproxy'
  /** Makes a complete configuration of the guide's block. */
  configure(block: string, folder: string): string
  command(folder: string): readonly [command: string, ...args: string[]]
}

export const NGINX: ProxyKind = {
  language: 'nginx',
  configure: (block, folder) => `
    daemon off;
    master_process off;
    pid ${folder}/nginx.pid;
    error_log stderr;
    events {}
    http {
      access_log off;
      client_body_temp_path ${folder}/body;
      proxy_temp_path ${folder}/proxy;
      fastcgi_temp_path ${folder}/fastcgi;
      uwsgi_temp_path ${folder}/uwsgi;
      scgi_temp_path ${folder}/scgi;
      ${block}
    }`,
  command: (folder) => ['nginx', '-p', folder, '-e', 'stderr', '-c', join(folder, 'proxy.conf')],
}

export const HAPROXY: ProxyKind = {
  language: 'haproxy',
  configure: (block) => `
defaults
  timeout connect 10s
  timeout client 60s
  timeout server 60s
${block}`,
  command: (folder) => ['haproxy', '-db', '-f', join(folder, 'proxy.conf')],
}

/** The only block of this language in a guide. */
function guideBlock(guide: string, language: string): string {
  const blocks = Array.from(
    readFileSync(guide, 'utf8').matchAll(/^```(\w+)\n([\s\S]*?)^```$/gm),
    ([, name, block = '']) => ({ name, block }),
  ).filter(({ name }) => name === language)
  const [block, second] = blocks
  if (block === undefined || second !== undefined) {
    throw new Error(`${guide} has ${blocks.length} blocks of ${language} in place of one`)
  }
  return block.block
}

/** The guide with the configurations, and how a test changes a configuration. */
export interface GuidedProxy {
  readonly guide: string
  readonly change?: ((block: string) => string) | undefined
}

/** Starts a proxy with the guide's configuration in front of a server. It ends with `close`. */
export async function startProxy(
  kind: ProxyKind,
  backend: number,
  { server, authority }: { server: TestCertificate; authority: TestCertificate },
  { guide, change = (block) => block }: GuidedProxy,
) {
  const folder = mkdtempSync(join(tmpdir(), 'mcp-proxy-'))
  const port = await freePort()
  writeFileSync(join(folder, 'server.pem'), server.cert + server.key, { mode: 0o600 })
  writeFileSync(join(folder, 'clients.pem'), authority.cert)
  const block = change(guideBlock(guide, kind.language))
    .replaceAll('/etc/tls', folder)
    .replaceAll('127.0.0.1:3000', `127.0.0.1:${backend}`)
    .replace(/0\.0\.0\.0:443/, `127.0.0.1:${port}`)
  writeFileSync(join(folder, 'proxy.conf'), kind.configure(block, folder))
  const [command, ...args] = kind.command(folder)
  const child = spawn(command, args, { env: { ...process.env, PATH: PATHS } })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => (output += text))
  }
  const ended = once(child, 'close')
  const close = async (): Promise<void> => {
    child.kill('SIGKILL')
    await ended
    rmSync(folder, { recursive: true, force: true })
  }
  while (!(await listens(port))) {
    if (child.exitCode !== null) {
      await close()
      throw new Error(`${command} did not start:\n${output}`)
    }
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
  return { port, close }
}

function listens(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false))
    socket.once('connect', () => socket.destroy())
  })
}
