import { describe, expect, it } from 'vitest'
import type { PolicyOptions } from '../../../src/mcp/policy/options.ts'
import { serverWith, tokenWith } from './policy/callers.ts'

const resources = { 'docs:///{+path}': 'allow', 'docs:///hr/{+path}': { roles: ['hr'] } } as const
const ref = { type: 'ref/resource', uri: 'docs:///{+path}' }

async function complete(
  values: unknown,
  { roles = [] as string[], params = {}, options = { resources } as PolicyOptions } = {},
) {
  const asked = { ref, argument: { name: 'path', value: '' }, ...params }
  const result = { completion: { values, total: 9, hasMore: true }, _meta: { a: 1 } }
  const { messages } = serverWith(options)
  const token = tokenWith('', { roles })
  return [result, await messages.filterList('completion/complete', result, token, asked)] as const
}

describe('what a completion suggests', () => {
  const values = ['handbook', 'hr/payroll', 'HR/payroll', 'hr%2Fpayroll', 'hrdesk', 'a/../hr/x', 5]

  it('MCP-25 S1.6: is what the caller may use, and the rest is not even counted', async () => {
    const [, shown] = await complete(values)
    expect(shown).toEqual({ completion: { values: ['handbook', 'hrdesk', 5] }, _meta: { a: 1 } })
  })

  it('MCP-25: stays as it is where the caller may use all of it', async () => {
    const [result, shown] = await complete(['handbook', 'hr/payroll'], { roles: ['hr'] })
    expect(shown).toBe(result)
  })

  it('MCP-25 S1.6: is judged with the values that were chosen before', async () => {
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

  it('MCP-25: names nothing that has a rule where it is for the argument of a prompt', async () => {
    const prompt = { type: 'ref/prompt', name: 'explain' }
    const [result, shown] = await complete(['hr/payroll'], { params: { ref: prompt } })
    expect(shown).toBe(result)
  })

  it('MCP-25: is nothing without a token, and where a rule cannot be judged', async () => {
    const options: PolicyOptions = {
      resources: {
        'docs:///{+path}': {
          allow: () => {
            throw new Error('away')
          },
        },
      },
    }
    const [, shown] = await complete(['handbook'], { options })
    expect(shown).toMatchObject({ completion: { values: [] } })
    const result = { completion: { values: ['handbook'] } }
    const { messages } = serverWith({ resources })
    expect(await messages.filterList('completion/complete', result, undefined, { ref })).toEqual({
      completion: { values: [] },
    })
  })

  it.each([null, 'text', {}, { completion: null }, { completion: { values: 'x' } }])(
    'MCP-25: stays as it is where it is no list of values: %j',
    async (result) => {
      const { messages } = serverWith({ resources })
      const shown = await messages.filterList('completion/complete', result, tokenWith(), { ref })
      expect(shown).toBe(result)
    },
  )
})
