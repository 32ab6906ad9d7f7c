import { describe, expect, it } from 'vitest'
import { traceCarrierOf } from '../../../src/mcp/trace-carrier.ts'

const TOKEN = 'opaque-r3f3r3nc3-t0k3n-of-the-caller'
const read = (meta: unknown) => traceCarrierOf(meta, TOKEN)?.get('traceparent')

describe('what a propagator reads in _meta of a caller', () => {
  it('is the text of a member', () => {
    expect(read({ traceparent: '00-1-2-01' })).toBe('00-1-2-01')
  })

  it.each([
    ['a number', 5],
    ['null', null],
    ['a list', ['traceparent']],
    ['a text', 'traceparent'],
    ['an object without the member', {}],
    ['a member that is a list', { traceparent: ['x'] }],
    ['a member that is an object', { traceparent: { toString: () => 'x' } }],
    ['a long member', { traceparent: 'x'.repeat(4097) }],
    ['an inherited member', Object.create({ traceparent: 'x' })],
    ['a piece of the token', { traceparent: `x${TOKEN.slice(3, 20)}x` }],
  ])('is nothing if it is %s', (_what, meta) => {
    expect(read(meta)).toBeUndefined()
  })

  it('is not what a getter returns: it is not called', () => {
    const meta = {
      get traceparent(): string {
        throw new Error('called')
      },
    }
    expect(read(meta)).toBeUndefined()
  })

  it('has a bounded number of names', () => {
    const many = Object.fromEntries(Array.from({ length: 5000 }, (_, at) => [`key-${at}`, 'x']))
    expect(traceCarrierOf(many, TOKEN)?.names()).toHaveLength(64)
  })
})
