import { installPackages } from '../../support/debian-packages.ts'

/** Installs Prometheus if it is missing, where that is possible. Its package has `promtool` too. */
export default function setUp(): void {
  installPackages('test:telemetry', ['prometheus'])
}
