/**
 * `npm run demo`: a real authorization server, a protected MCP server and an unmodified MCP client, all
 * on loopback. After that it shows everything that can be wrong with a token. The exit code is 0 only
 * if each step ended as expected.
 */
import { mainFlow } from './main-flow.ts'
import { logout } from './scene-of-logout.ts'
import { theft } from './scene-of-theft.ts'
import { refusals } from './scenes.ts'
import { outage, revocation, rotation } from './scenes-over-time.ts'
import { Transcript } from './transcript.ts'
import { startWorld } from './world.ts'

const limit = setTimeout(() => {
  console.error('The demo did not end within three minutes.')
  process.exit(1)
}, 180_000)

const transcript = new Transcript()
const started = performance.now()
const world = await startWorld()
try {
  await mainFlow(transcript, world.signed.resource)
  await refusals(transcript, world)
  await theft(transcript, world)
  await revocation(transcript, world)
  await logout(transcript, world)
  await outage(transcript, world)
  await rotation(transcript, world)
} finally {
  await world.close()
  clearTimeout(limit)
}

const { steps, failures } = transcript.outcome
const seconds = ((performance.now() - started) / 1000).toFixed(1)
transcript.section(
  failures.length === 0
    ? `All ${steps} outcomes as expected, in ${seconds} s`
    : `${failures.length} of ${steps} outcomes not as expected`,
)
for (const failure of failures) console.log(`    ${failure}`)
if (failures.length === 0) {
  console.log(`
What next?

    npm start           a page to look at, and servers for curl and the MCP Inspector
    README.md           "Quick start" protects an MCP server of your own
    docs/keycloak.md    does the same with Keycloak, starting from an empty realm
`)
}
process.exitCode = failures.length === 0 ? 0 : 1
