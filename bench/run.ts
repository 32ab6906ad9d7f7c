/**
 * Runs every benchmark and writes the results to RESULTS.md. Each benchmark has its own process, so that
 * none runs code that the engine has optimised for another.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { cpus } from 'node:os'
import { fileURLToPath } from 'node:url'
import { ROUNDS } from './harness.ts'

const SCRIPTS = [
  'p1-cache-hit.ts',
  'p2-miss.ts',
  'p3-requests.ts',
  'p4-introspection.ts',
  'p5-dpop.ts',
  'p7-import.ts',
  'operations.ts',
  'revocation.ts',
]

async function outputOf(script: string): Promise<string> {
  const file = fileURLToPath(new URL(script, import.meta.url))
  const child = spawn(process.execPath, ['--expose-gc', file], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
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

Written by \`npm run bench\`. Compare only the ratios. The packages take turns in one process. Each figure is the median of ${ROUNDS} rounds. Each ratio is the median of the ratios of the rounds, with the least and the greatest in brackets. The figures per second depend on the machine, and vary by half from run to run. CPU µs is the processor time of one operation, on all threads of the process; other programs on the machine affect it least.

| processor | cores | Node | date |
| --- | --- | --- | --- |
| ${processors[0]?.model.trim()} | ${processors.length} | ${process.versions.node} | ${new Date().toISOString().slice(0, 10)} |

${sections.join('\n\n')}
`
await writeFile(new URL('RESULTS.md', import.meta.url), results)
