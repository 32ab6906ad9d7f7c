import { chmodSync, existsSync, mkdirSync, mkdtempSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import type { GuideFile } from './guide.ts'

/** Makes a folder as a reader of a guide has it: what the guide installs is there, and the files that it shows. */
export function makeReadersFolder(files: readonly GuideFile[]): string {
  const command = resolve('dist/cli/main.js')
  if (!existsSync(command)) throw new Error(`${command} is missing: npm run build makes it`)
  const folder = mkdtempSync(join(tmpdir(), 'guide-'))
  const modules = join(folder, 'node_modules')
  mkdirSync(join(modules, '.bin'), { recursive: true })
  mkdirSync(join(modules, '@modelcontextprotocol'))
  symlinkSync(resolve('.'), join(modules, 'mcp-resource-server'))
  for (const name of ['express', '@modelcontextprotocol/sdk']) {
    symlinkSync(resolve('node_modules', name), join(modules, name))
  }
  const shim = join(modules, '.bin/mcp-resource-server')
  writeFileSync(shim, `#!/bin/sh\nexec node '${command}' "$@"\n`)
  chmodSync(shim, 0o755)
  writeFileSync(join(folder, 'package.json'), '{ "private": true, "type": "module" }\n')
  for (const { name, text } of files) writeFileSync(join(folder, name), text)
  return folder
}
