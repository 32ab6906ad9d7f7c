import { existsSync, globSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'

/**
 * The folder of the vectors: the project's own copy, or another one that the environment variable `CORPORA`
 * names.
 */
const folder = resolve(process.env.CORPORA ?? join(import.meta.dirname, '../corpora'))

/** The paths of all vector files, relative to the folder. @throws if there are none */
export function corpusFiles(): readonly string[] {
  const files = existsSync(folder) ? globSync('**/*.json', { cwd: folder }).sort() : []
  if (files.length === 0) {
    throw new Error(`no test vectors in ${folder}; CORPORA must name a folder like test/corpora`)
  }
  return files
}

/** The content of a vector file. Its form depends on who published it. */
// biome-ignore lint/suspicious/noExplicitAny: each publisher has a form of its own
export const readCorpus = (file: string): any =>
  JSON.parse(readFileSync(join(folder, file), 'utf8'))
