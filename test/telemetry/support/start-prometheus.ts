import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { freePort } from '../../../scripts/keycloak/ports.ts'
import { PATHS } from '../../support/debian-packages.ts'

const EXAMPLE = 'examples/telemetry'

/** One series of an answer. */
export interface Sample {
  readonly metric: Readonly<Record<string, string>>
  readonly value: number
}

/** A rule, as Prometheus has loaded it. */
export interface LoadedRule {
  readonly name: string
  readonly query: string
  readonly health: string
  readonly lastError?: string
}

export interface RunningPrometheus {
  readonly origin: string
  /** Evaluates an expression now. @throws {Error} with the words of Prometheus */
  query(expression: string): Promise<readonly Sample[]>
  /** The labels of the series of a metric, or of all. */
  series(selector: string): Promise<readonly Readonly<Record<string, string>>[]>
  rules(): Promise<readonly LoadedRule[]>
  close(): Promise<void>
}

/**
 * Starts Prometheus with the configuration of the example, but for the target and the intervals.
 *
 * @param target `host:port` of the metrics
 */
export async function startPrometheus(target: string): Promise<RunningPrometheus> {
  const folder = mkdtempSync(join(tmpdir(), 'mcp-prometheus-'))
  const port = await freePort()
  const origin = `http://127.0.0.1:${port}`
  const config = join(folder, 'prometheus.yml')
  writeFileSync(config, configuration(target))
  const child = spawn(
    'prometheus',
    [
      `--config.file=${config}`,
      `--storage.tsdb.path=${join(folder, 'data')}`,
      `--web.listen-address=127.0.0.1:${port}`,
      '--log.level=warn',
    ],
    { env: { ...process.env, PATH: PATHS }, stdio: ['ignore', 'ignore', 'pipe'] },
  )
  let output = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => (output += text))
  const ended = once(child, 'close')
  const close = async (): Promise<void> => {
    child.kill('SIGKILL')
    await ended
    rmSync(folder, { recursive: true, force: true })
  }
  while (!(await isReady(origin))) {
    if (child.exitCode !== null) {
      await close()
      throw new Error(`prometheus did not start:\n${output}`)
    }
    await delay(50)
  }

  async function ask<T>(path: string, parameters: Record<string, string> = {}): Promise<T> {
    const response = await fetch(`${origin}/api/v1/${path}?${new URLSearchParams(parameters)}`)
    const { data, error } = (await response.json()) as { data: T; error?: string }
    if (error !== undefined) throw new Error(error)
    return data
  }

  return {
    origin,
    async query(query) {
      const { result } = await ask<{
        result: { metric: Sample['metric']; value: [number, string] }[]
      }>('query', { query })
      return result.map(({ metric, value: [, text] }) => ({ metric, value: Number(text) }))
    },
    series: (selector) => ask('series', { 'match[]': selector }),
    async rules() {
      const { groups } = await ask<{ groups: { rules: LoadedRule[] }[] }>('rules')
      return groups.flatMap(({ rules }) => rules)
    },
    close,
  }
}

function configuration(target: string): string {
  return readFileSync(`${EXAMPLE}/prometheus.yml`, 'utf8')
    .replace('127.0.0.1:9464', target)
    .replace('alerts.yml', resolve(EXAMPLE, 'alerts.yml'))
    .replaceAll(/_interval: 5s/g, '_interval: 500ms')
}

async function isReady(origin: string): Promise<boolean> {
  const response = await fetch(`${origin}/-/ready`).catch(() => undefined)
  return response?.ok === true
}
