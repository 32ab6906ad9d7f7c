import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Undo } from './examples.ts'
import { SERVER_SECRET } from './realms.ts'
import { realmUrl } from './tokens.ts'

export interface CommandResult {
  readonly code: number
  readonly out: string
  readonly err: string
}

/** The built command `mcp-resource-server stream`, for one client of a realm. */
export interface StreamCommand {
  run(subcommand: string, ...flags: string[]): Promise<CommandResult>
  /** Creates a stream that is pushed. */
  create(pushUrl: string, authorization: string): Promise<CommandResult>
}

export function streamCommand(undo: Undo, realm: string, clientId: string): StreamCommand {
  const folder = mkdtempSync(join(tmpdir(), 'stream-command-'))
  undo.push(async () => rmSync(folder, { recursive: true }))
  const run: StreamCommand['run'] = (subcommand, ...flags) => {
    const client = ['--issuer', realmUrl(realm), '--client-id', clientId]
    const command = ['dist/cli/main.js', 'stream', subcommand, ...client, ...flags]
    const env = { ...process.env, MCP_CLIENT_SECRET: SERVER_SECRET }
    return new Promise((resolve) => {
      execFile(process.execPath, command, { env, timeout: 300_000 }, (error, out, err) =>
        resolve({ code: error === null ? 0 : Number(error.code), out, err }),
      )
    })
  }
  return {
    run,
    create(pushUrl, authorization) {
      const file = join(folder, 'authorization')
      writeFileSync(file, authorization)
      return run('create', '--push-url', pushUrl, '--authorization-file', file)
    },
  }
}
