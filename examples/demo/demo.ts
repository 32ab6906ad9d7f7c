/**
 * `npm run demo`: a real authorization server, a protected MCP server and a stock MCP client, all on
 * loopback, and after that everything that can be wrong with a token. Ends with 0 only if each step
 * ended as it should.
 */
import { mainFlow } from './main-flow.ts'
import { refusals } from './scenes.ts'
import { outage, revocation, rotation } from './scenes-over-time.ts'
import { Transcript } from './transcript.ts'
import { startWorld } from './world.ts'

const limit = setTimeout(() => {
  console.error('The demo did not end within 30 seconds.')
  process.exit(1)
}, 30_000)

const transcript = new Transcript()
const started = performance.now()
const world = await startWorld()
try {
  await mainFlow(transcript, world.signed.resource)
  await refusals(transcript, world)
  await revocation(transcript, world)
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

    npm start           leaves the two servers running, to be tried with curl and the MCP Inspector
    README.md           "Quick start" puts the gate before an MCP server of your own
    docs/keycloak.md    does the same with Keycloak, from an empty realm on
`)
}
process.exitCode = failures.length === 0 ? 0 : 1
