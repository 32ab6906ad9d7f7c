import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { rolldown } from 'rolldown'

export interface PageFile {
  readonly type: string
  readonly body: string
}

const folder = new URL('./browser/', import.meta.url)

/** The files of the page by path. The script is bundled with what it imports, the MCP SDK included. */
export async function readPageFiles(): Promise<ReadonlyMap<string, PageFile>> {
  const text = (name: string) => readFile(new URL(name, folder), 'utf8')
  const [html, css, icon, script] = await Promise.all([
    ...[text('page.html'), text('page.css'), text('icon.svg')],
    bundle(fileURLToPath(new URL('main.ts', folder))),
  ] as const)
  return new Map([
    ['/', { type: 'text/html; charset=utf-8', body: html }],
    ['/page.css', { type: 'text/css', body: css }],
    ['/icon.svg', { type: 'image/svg+xml', body: icon }],
    ['/main.js', { type: 'text/javascript', body: script }],
  ])
}

/** Bundles a script for a browser. */
export async function bundle(input: string): Promise<string> {
  await using build = await rolldown({ input, platform: 'browser', logLevel: 'silent' })
  const { output } = await build.generate({ format: 'esm', codeSplitting: false })
  return output[0].code
}
