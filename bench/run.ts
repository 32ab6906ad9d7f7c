/**
 * Runs every benchmark, each in a process of its own so that none finds code that another one has
 * shaped, and writes what they say to RESULTS.md.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { cpus } from 'node:os'
import { fileURLToPath } from 'node:url'
import { ROUNDS } from './harness.ts'

const SCRIPTS = ['p1-cache-hit.ts', 'p2-miss.ts', 'p4-introspection.ts', 'operations.ts']

async function outputOf(script: string): Promise<string> {
  const file = fileURLToPath(new URL(script, import.meta.url))
  const child = spawn(process.execPath, [file], { stdio: ['ignore', 'pipe', 'inherit'] })
  let output = ''
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    output += chunk
    process.stdout.write(chunk)
  })
  const [code] = await once(child, 'close')
  if (code !== 0) throw new Error(`${script} ended with ${code}`)
  return output.trim()
}

const sections: string[] = []
for (const script of SCRIPTS) sections.push(await outputOf(script))

const processors = cpus()
const results = `# Benchmark results

Written by \`npm run bench\`. Only the ratios count: peers take turns in one process, each figure is the median of ${ROUNDS} rounds, and a ratio is the median of the ratios within each round, with the least and the greatest in brackets. Figures per second belong to the machine and drift by half from run to run. CPU µs is the processor time of one, on all threads of the process: what others do on the machine touches it least.

| processor | cores | Node | date |
| --- | --- | --- | --- |
| ${processors[0]?.model.trim()} | ${processors.length} | ${process.versions.node} | ${new Date().toISOString().slice(0, 10)} |

${sections.join('\n\n')}
`
await writeFile(new URL('RESULTS.md', import.meta.url), results)
