import { serverVersion } from './server-binary.ts'

/** Finds or installs the servers, so that the tier fails at once where that is not possible. */
export default function setUp(): void {
  for (const kind of ['redis', 'valkey'] as const) console.log(`[redis] ${serverVersion(kind)}`)
}
