/** RESULTS.md: one table of all goals, then what each benchmark printed. */
import { cpus } from 'node:os'
import { type Figure, isReached, type Measurement, markdownTable, shown, wanted } from './goals.ts'

/** Where and when a run was made. */
export interface Machine {
  readonly processor: string
  readonly cores: number
  readonly node: string
  readonly date: string
}

export function thisMachine(): Machine {
  const processors = cpus()
  return {
    processor: processors[0]?.model.trim() ?? '',
    cores: processors.length,
    node: process.versions.node,
    date: new Date().toISOString().slice(0, 10),
  }
}

/** One table: every goal with ours, the peer or the limit, what is wanted, and what was measured. */
export function goalSummary(measured: readonly Measurement[]): string {
  const head = [
    '',
    'what',
    'ours',
    'peer',
    'limit',
    'goal',
    'measured (range)',
    'in CPU time (range)',
    'reached',
  ]
  const rows = measured.map((goal) => {
    const { ours, theirs, cpu } = goal.measured
    return [
      goal.benchmark,
      goal.text,
      cell(ours),
      theirs?.limit === true ? '' : cell(theirs),
      theirs?.limit === true ? cell(theirs) : '',
      wanted(goal),
      shown(goal.measured, goal.unit),
      cpu === undefined ? '' : shown(cpu),
      wanted(goal) === '' ? '' : isReached(goal) ? 'yes' : '**no**',
    ]
  })
  return markdownTable(head, rows)
}

/** Such as `fast-jwt 6.3.6: 6.1 µs`. */
function cell(figure: Figure | undefined): string {
  if (figure === undefined) return ''
  const { name, version, cost } = figure
  const who =
    version.startsWith(`${name} `) || version === '' ? version || name : `${name} (${version})`
  const [time, unit] = cost < 10_000 ? [cost, 'µs'] : [cost / 1000, 'ms']
  return `${who}: ${Number(time.toPrecision(2))} ${unit}`
}

export function resultsPage(
  { processor, cores, node, date }: Machine,
  rounds: number,
  measured: readonly Measurement[],
  sections: readonly string[],
): string {
  return `# Benchmark results

Written by \`npm run bench\`. Compare only the ratios. The packages take turns in one process. Each figure is the median of ${rounds} rounds. Each ratio is the median of the ratios of the rounds, with the least and the greatest in brackets. The figures per second depend on the machine, and vary by half from run to run. CPU µs is the processor time of one operation, on all threads of the process; other programs on the machine affect it least. \`npm run bench -- --check\` compares a run with this one.

${markdownTable(['processor', 'cores', 'Node', 'date'], [[processor, String(cores), node, date]])}

## All goals

\`ours\`, \`peer\` and \`limit\` are the processor time of one operation. \`limit\` is the least work that the task needs. A ratio is one of throughputs; beside it stands the ratio of processor times.

${goalSummary(measured)}

${sections.join('\n\n')}
`
}
