import { describe, expect, it } from 'vitest'
import type { HttpCall } from '../../../src/authorization-server/http/http-call.ts'
import { Lanes } from '../../../src/authorization-server/http/lanes.ts'
import { UnavailableError } from '../../../src/errors/unavailable-error.ts'

const OPTIONS = { connections: 2, reuseConnections: true, connectTimeout: 5 }

const callTo = (url: string, issuer = 'https://sso.example.com'): HttpCall => ({
  purpose: 'key_set',
  issuer,
  lane: 'documents',
  failure: 'key_set_unavailable',
  method: 'GET',
  url,
  headers: {},
})

describe('lanes of calls to authorization servers', () => {
  it('S5: an issuer that names a new origin at each fetch does not fill the memory', () => {
    const lanes = new Lanes(OPTIONS)
    for (let at = 0; at < 10_000; at += 1) lanes.targetOf(callTo(`https://h${at}.example.com/keys`))
    expect(lanes.size).toBe(4096)
  })

  it('S5: a lane with calls is never closed to make room', () => {
    const lanes = new Lanes(OPTIONS, 2)
    const busy = lanes.targetOf(callTo('https://a.example.com/keys'))
    busy.lane.pending += 1
    for (const host of ['b', 'c', 'd']) lanes.targetOf(callTo(`https://${host}.example.com/keys`))
    expect(lanes.targetOf(callTo('https://a.example.com/keys')).lane).toBe(busy.lane)
    expect(lanes.targetOf(callTo('https://a.example.com/other')).lane).toBe(busy.lane)
  })

  it('S5: a closed lane is not used again', () => {
    const lanes = new Lanes(OPTIONS, 2)
    const first = lanes.targetOf(callTo('https://a.example.com/keys'))
    lanes.targetOf(callTo('https://b.example.com/keys'))
    // A third URL empties the list of parsed URLs. Then only this one is in it.
    expect(lanes.targetOf(callTo('https://a.example.com/other')).lane).toBe(first.lane)
    lanes.targetOf(callTo('https://c.example.com/keys'))
    expect(lanes.targetOf(callTo('https://a.example.com/other')).lane).not.toBe(first.lane)
  })

  it('S5: a call is refused with 503 if all lanes have calls', () => {
    const lanes = new Lanes(OPTIONS, 1)
    lanes.targetOf(callTo('https://a.example.com/keys')).lane.pending += 1
    const refused = () => lanes.targetOf(callTo('https://b.example.com/keys'))
    expect(refused).toThrow(UnavailableError)
    expect(refused).toThrow('calls to 1 origins')
  })

  it('S5: lanes of different issuers and kinds are apart', () => {
    const lanes = new Lanes(OPTIONS)
    const url = 'https://a.example.com/keys'
    const calls: HttpCall[] = [
      callTo(url),
      callTo(url, 'https://other.example.com'),
      { ...callTo(url), lane: 'verified_tokens' },
      { ...callTo(url), lane: 'unverified_tokens' },
      { ...callTo(url), certificate: { version: 1, cert: '', key: '' } },
    ]
    expect(new Set(calls.map((call) => lanes.targetOf(call).lane)).size).toBe(5)
  })
})
