import { existsSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'

/** The section "Telemetry" of the README, which a reader follows from an empty folder. */
const [, after = ''] = readFileSync('README.md', 'utf8').split('\n## Telemetry\n')
const [section = ''] = after.split('\n## ')
const block = (language: string): string =>
  new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\``, 'm').exec(section)?.[1] ?? ''

const DASHBOARD = 'examples/telemetry/grafana-dashboard.json'

describe('README.md, "Telemetry"', () => {
  it('lets Prometheus ask at the address where the exporter listens', () => {
    const [, host, port] = /host: '([^']+)', port: (\d+)/.exec(block('ts')) ?? []
    expect(block('yaml')).toContain(`- targets: ['${host}:${port}']`)
  })

  it('asks for metrics and labels that the dashboard asks for too', () => {
    const dashboard = readFileSync(DASHBOARD, 'utf8')
    const names = block('text').match(/\bmcp_\w+/g) ?? []
    expect(names.length).toBeGreaterThan(1)
    expect(names.filter((name) => !dashboard.includes(name))).toEqual([])
  })

  it('installs every package that its module imports', () => {
    const imported = Array.from(block('ts').matchAll(/from '(@[^']+)'/g), ([, name]) => name)
    expect(imported.length).toBeGreaterThan(1)
    const [install = ''] = block('sh').split('\n')
    for (const name of [...imported, '@opentelemetry/api']) expect(install).toContain(` ${name}`)
  })

  it('names files that the package has', () => {
    const { files }: { files: readonly string[] } = JSON.parse(readFileSync('package.json', 'utf8'))
    for (const file of [DASHBOARD, 'examples/telemetry/alerts.yml']) {
      expect(section).toContain(`(${file})`)
      expect(existsSync(file), file).toBe(true)
      expect(files).toContain(file)
    }
  })
})
