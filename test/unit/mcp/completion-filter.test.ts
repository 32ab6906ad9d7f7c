import { describe, expect, it } from 'vitest'
import type { PolicyOptions } from '../../../src/mcp/policy/options.ts'
import { adapterFor } from '../../support/adapter.ts'
import { throwing } from '../../support/throwing.ts'
import { serverWith, tokenWith } from './policy/callers.ts'

const resources = { 'docs:///{+path}': 'allow', 'docs:///hr/{+path}': { roles: ['hr'] } } as const
const ref = { type: 'ref/resource', uri: 'docs:///{+path}' }

async function complete(
  values: unknown,
  { roles = [] as string[], params = {}, options = { resources } as PolicyOptions } = {},
) {
  const asked = { ref, argument: { name: 'path', value: '' }, ...params }
  const result = { completion: { values, total: 9, hasMore: true }, _meta: { a: 1 } }
  const { messages } = adapterFor(serverWith(options))
  const token = tokenWith('', { roles })
  return [result, await messages.filterList('completion/complete', result, token, asked)] as const
}

describe('the values of a completion', () => {
  const values = ['handbook', 'hr/payroll', 'HR/payroll', 'hr%2Fpayroll', 'hrdesk', 'a/../hr/x', 5]

  it('MCP-25 S1.6: are those that the caller may use, and no count includes the others', async () => {
    const [, shown] = await complete(values)
    expect(shown).toEqual({ completion: { values: ['handbook', 'hrdesk', 5] }, _meta: { a: 1 } })
  })

  it('MCP-25: stay as they are when the caller may use all of them', async () => {
    const [result, shown] = await complete(['handbook', 'hr/payroll'], { roles: ['hr'] })
    expect(shown).toBe(result)
  })

  it('MCP-25 S1.6: are checked together with the values that the caller has chosen before', async () => {
    const options: PolicyOptions = {
      resources: { 'docs:///{dept}/{page}': 'allow', 'docs:///hr/payroll': 'deny' },
    }
    const pages = async (dept: string) => {
      const [, shown] = await complete(['payroll', 'home'], {
        options,
        params: {
          ref: { ...ref, uri: 'docs:///{dept}/{page}' },
          argument: { name: 'page', value: '' },
          context: { arguments: { dept } },
        },
      })
      return (shown as { completion: { values: string[] } }).completion.values
    }
    expect(await pages('hr')).toEqual(['home'])
    expect(await pages('it')).toEqual(['payroll', 'home'])
  })

  it('MCP-28: are removed for bearer callers when they need a bound token', async () => {
    const options: PolicyOptions = {
      resources: { 'docs:///{+path}': 'allow', 'docs:///hr/{+path}': { dpop: true } },
    }
    const [, shown] = await complete(['hr/payroll', 'home'], { options })
    expect(shown).toEqual({ completion: { values: ['home'] }, _meta: { a: 1 } })
  })

  it('MCP-25: stay as they are for an argument of a prompt, because no rule is about them', async () => {
    const prompt = { type: 'ref/prompt', name: 'explain' }
    const [result, shown] = await complete(['hr/payroll'], { params: { ref: prompt } })
    expect(shown).toBe(result)
  })

  it('MCP-25: are all removed without a token, or when a function of the rule fails', async () => {
    const options: PolicyOptions = {
      resources: {
        'docs:///{+path}': {
          allow: throwing(new Error('away')),
        },
      },
    }
    const [, shown] = await complete(['handbook'], { options })
    expect(shown).toMatchObject({ completion: { values: [] } })
    const result = { completion: { values: ['handbook'] } }
    const { messages } = adapterFor(serverWith({ resources }))
    expect(await messages.filterList('completion/complete', result, undefined, { ref })).toEqual({
      completion: { values: [] },
    })
  })

  it.each([null, 'text', {}, { completion: null }, { completion: { values: 'x' } }])(
    'MCP-25: a result without a list of values stays as it is: %j',
    async (result) => {
      const { messages } = adapterFor(serverWith({ resources }))
      const shown = await messages.filterList('completion/complete', result, tokenWith(), { ref })
      expect(shown).toBe(result)
    },
  )
})
