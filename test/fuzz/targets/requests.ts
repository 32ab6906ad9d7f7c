import fc from 'fast-check'
import { adapterOf } from '../../../src/resource-server/adapter.ts'
import { makeDpopKey, signProof } from '../../support/dpop.ts'
import type { Edit } from '../../support/mutators/edit.ts'
import { MARKS, mutateText } from '../../support/mutators/mutate-text.ts'
import { ecKey, signToken, testResourceServer } from '../../support/tokens.ts'
import { choice, edits } from '../support/arbitraries.ts'
import { asRecord, asWebHeaders } from '../support/header-lines.ts'
import { check, checkDecision, watchEvents } from '../support/properties.ts'
import type { Target } from '../support/target.ts'

const METHODS = ['POST', 'GET', 'DELETE', 'OPTIONS', 'HEAD', 'PUT', 'post', 'TRACE', '', 'GET /mcp']
const URLS = [
  '/mcp',
  '/mcp?access_token=x',
  '/MCP',
  '//evil.example/mcp',
  'https://evil.example/mcp',
  '/mcp/../mcp',
  '/%6dcp',
  '*',
  '',
  'http://[',
  `/${'a/'.repeat(2000)}`,
]
const FIELDS: Readonly<Record<string, readonly string[]>> = {
  origin: ['https://mcp.example.com', 'null', 'https://evil.example', ''],
  'mcp-session-id': ['a', 'x'.repeat(600), 'é', '__proto__', ' '],
  'mcp-protocol-version': ['2026-07-28', '2025-06-18', 'x'],
  'x-forwarded-for': ['127.0.0.1', ', ,'],
  'x-forwarded-host': ['evil.example'],
  'x-forwarded-proto': ['http'],
  forwarded: ['for=127.0.0.1;host=evil.example', '"'],
  host: ['evil.example', 'mcp.example.com', ''],
  'client-cert': [':AAAA:', ':', 'x'],
  'content-type': ['application/json', 'text/plain'],
  'content-length': ['0', '99999999999999999999', '-1', 'NaN'],
  'access-control-request-method': ['POST', 'x\n'],
  'access-control-request-headers': ['authorization', '*'],
}

/**
 * Whole requests: mutants of good requests with Bearer and DPoP. A request is allowed only with one header
 * `Authorization` that has the token to the letter, and nothing that a caller sends makes this server fail.
 */
export const requests: Target<Input> = {
  name: 'requests',
  executions: 4000,
  inputs: fc.record({
    bound: fc.boolean(),
    method: choice,
    url: choice,
    usual: fc.boolean(),
    fields: fc.array(fc.tuple(choice, choice), { maxLength: 4 }),
    authorization: edits(2, 0),
    dpop: edits(2, 0),
    repeated: fc.constantFrom('', '', '', 'authorization', 'dpop', 'other'),
    asHeaders: fc.boolean(),
  }),
  async start() {
    const key = await makeDpopKey()
    const bearer = await signToken({ key: ecKey })
    const bound = await signToken({
      key: ecKey,
      claims: { cnf: { jkt: key.thumbprint }, jti: 'b' },
    })
    const server = testResourceServer({ dpop: 'accepted', sessions: {} })
    const checkEvents = watchEvents()
    return async (input) => {
      const { usual, fields, repeated, asHeaders } = input
      const token = input.bound ? bound : bearer
      const method = usual ? 'POST' : (METHODS[input.method % METHODS.length] ?? '')
      const url = usual ? '/mcp' : (URLS[input.url % URLS.length] ?? '')
      const plain = `${input.bound ? 'DPoP' : 'Bearer'} ${token}`
      const authorization = input.authorization.reduce(mutateText, plain)
      const made = input.bound ? await signProof(key, { token }) : ''
      const proof = input.dpop.reduce(mutateText, made)
      const lines: [name: string, value: string][] = [['authorization', authorization]]
      if (proof !== '') lines.push(['dpop', proof])
      if (repeated === 'other') lines.push(['authorization', `Bearer ${bearer}x`])
      else if (repeated !== '') lines.push(...lines.filter(([name]) => name === repeated))
      for (const [name, value] of fields) lines.push(fieldOf(name, value))
      const headers = asHeaders ? asWebHeaders(lines) : asRecord(lines)
      if (headers === undefined) return
      const request = { method, url, headers }
      const decision = await server.authenticate(request)
      const secrets = [bearer, bound, made, authorization, proof]
      checkDecision(decision, secrets)
      checkEvents(secrets)
      const { outcome } = decision
      check(outcome !== 'unavailable', 'a caller makes the server fail', decision)
      if (outcome !== 'allowed') return
      const values = lines.filter(([name]) => name === 'authorization').map(([, value]) => value)
      check(values.length === 1, 'allowed with two tokens', values)
      check(/^(?:bearer|dpop) +\S+$/i.test(authorization.trim()), 'allowed', authorization)
      const used = adapterOf('fuzz', server).tokenText(decision)
      check(used === token && authorization.includes(token), 'another token', authorization)
      if (!input.bound) return
      check(
        lines.filter(([name]) => name === 'dpop').length === 1,
        'allowed with two proofs',
        lines,
      )
      check(proof.trim() === made, 'allowed with another proof', proof)
      check(decision.possession.length === 1, 'allowed without possession', decision)
      check(method === 'POST', 'a proof for another method', method)
    }
  },
}

interface Input {
  readonly bound: boolean
  readonly method: number
  readonly url: number
  readonly usual: boolean
  readonly fields: readonly (readonly [number, number])[]
  readonly authorization: readonly Edit[]
  readonly dpop: readonly Edit[]
  readonly repeated: string
  readonly asHeaders: boolean
}

function fieldOf(field: number, value: number): [string, string] {
  const names = Object.keys(FIELDS)
  const name = names[field % names.length] ?? ''
  const values = FIELDS[name] ?? []
  const chosen = values[value % (values.length + 1)]
  return [name, chosen ?? String(MARKS[value % MARKS.length])]
}
