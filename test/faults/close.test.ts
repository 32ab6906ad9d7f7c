import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import { describe, expect, it } from 'vitest'
import { held } from '../support/faulty-server.ts'
import {
  active,
  allowed,
  ask,
  eventually,
  INTROSPECTION,
  introspectionAlone,
  KEYS,
  startIssuer,
  unavailable,
} from '../support/local-issuer.ts'

/** Runs a program in a process of its own, to its own end. */
async function run(program: string, ...args: string[]) {
  const source = new URL('../../src/index.ts', import.meta.url).href
  const code = `import { createResourceServer } from ${JSON.stringify(source)}\n${program}`
  const child = spawn(process.execPath, ['--input-type=module', '-e', code, ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const [output, [exitCode]] = await Promise.all([text(child.stdout), once(child, 'exit')])
  return { output: output.trim(), exitCode }
}

const NEW_GATE = `
const [issuer, token, start] = process.argv.slice(1)
let now = Number(start)
const gate = createResourceServer({
  resource: 'https://mcp.example.com/mcp',
  authorizationServer: { issuer },
  clock: () => now,
  http: { timeout: 300, headersTimeout: 300 },
})
const ask = () =>
  gate.authenticate({ method: 'GET', url: '/', headers: { authorization: 'Bearer ' + token } })
`

describe('close()', () => {
  it('lets the process end, kept connections or not', async () => {
    await using issuer = await startIssuer()
    const program = `${NEW_GATE}
      console.log((await ask()).outcome)
      await gate.close()`
    const ended = await run(program, issuer.issuer, await issuer.token(), String(issuer.clock()))
    expect(ended).toEqual({ output: 'allowed', exitCode: 0 })
  })

  it('lets the process end while a refresh in the background hangs', async () => {
    await using issuer = await startIssuer()
    const [token, hanging] = [await issuer.token(), held(() => {})]
    let fetches = 0
    issuer.server.on(KEYS, (received, response) => {
      fetches += 1
      if (fetches > 1) return hanging.behaviour(received, response)
      response.setHeader('content-type', 'application/json')
      response.end(JSON.stringify({ keys: [issuer.signer.publicKey] }))
    })
    const program = `${NEW_GATE}
      await gate.ready()
      now += 301_000
      console.log((await ask()).outcome)
      await gate.close()`
    const ended = await run(program, issuer.issuer, token, String(issuer.clock()))
    expect(ended).toEqual({ output: 'allowed', exitCode: 0 })
    expect(fetches).toBeLessThanOrEqual(2)
  })

  it('ends what is under way: those who wait get 503', async () => {
    await using issuer = await startIssuer()
    const waiting = held(active(issuer))
    issuer.server.on(INTROSPECTION, waiting.behaviour)
    const gate = issuer.gate(introspectionAlone(issuer))
    const decision = ask(gate, 'opaque')
    await waiting.arrived
    await gate.close()
    expect(await decision).toEqual(unavailable('introspection_unavailable'))
    await eventually(async () => expect(waiting.abandoned).toBe(true))
  })

  it('may be called before anything was asked, and twice', async () => {
    await using issuer = await startIssuer()
    const gate = issuer.gate()
    await gate.close()
    await gate.close()
    expect(issuer.server.count()).toBe(0)
  })

  it('leaves other gates alone', async () => {
    await using issuer = await startIssuer()
    const [one, other] = [issuer.gate(), issuer.gate()]
    await Promise.all([one.ready(), other.ready()])
    await one.close()
    expect(await ask(other, await issuer.token())).toMatchObject(allowed)
  })
})
