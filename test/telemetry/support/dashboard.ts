import { readFileSync } from 'node:fs'

/** A panel of examples/telemetry/grafana-dashboard.json, as far as the tests read it. */
export interface Panel {
  readonly type: string
  readonly title: string
  readonly description?: string
  readonly datasource?: { readonly uid: string }
  readonly fieldConfig?: {
    readonly defaults: { readonly unit: string; readonly thresholds: { readonly steps: object[] } }
  }
  readonly gridPos: Readonly<Record<'x' | 'y' | 'w' | 'h', number>>
  readonly targets?: readonly {
    readonly expr: string
    readonly datasource: { readonly uid: string }
  }[]
}

export interface Dashboard {
  readonly title: string
  readonly templating: {
    readonly list: readonly { readonly name: string; readonly type: string }[]
  }
  readonly panels: readonly Panel[]
}

export const dashboard: Dashboard = JSON.parse(
  readFileSync('examples/telemetry/grafana-dashboard.json', 'utf8'),
)

/** The panels that show data. */
export const panels = dashboard.panels.filter(({ type }) => type !== 'row')

/** What Grafana puts in place of its variables if everything is chosen. */
export function withVariables(expression: string): string {
  return expression
    .replaceAll('$instance', '.*')
    .replaceAll('$resource', '.*')
    .replaceAll('$__rate_interval', '1m')
}
