import { quoted } from '../../quoted.ts'

/** The tables of a policy whose names an MCP server registers. */
export type RegisteredTable = 'tools' | 'resources' | 'prompts'

const NOUNS = { tools: 'tool', resources: 'resource', prompts: 'prompt' } as const

/** Names a tool, resource or prompt in a message to the operator. @internal */
export function describeRegistered(table: RegisteredTable, name: string): string {
  return `the ${NOUNS[table]} ${quoted(name)}`
}

/**
 * Says where a rule is, in a message to the operator.
 *
 * @param place the call of `withRule`, such as `/srv/app/server.ts:12:3`. It is empty when the JavaScript
 * engine does not tell, and `undefined` for a rule of the option `policy`
 * @internal
 */
export function describePlace(
  place: string | undefined,
  table: RegisteredTable,
  name: string,
): string {
  if (place === undefined) return `policy.${table}[${quoted(name)}]`
  return place === '' ? 'withRule' : `withRule at ${place}`
}

/**
 * Says in a few words where a rule is, for {@link Policy.describe}. It has no folder and no line, so that
 * the text stays the same on another machine and after an edit. Empty for a rule of the option `policy`.
 *
 * @internal
 */
export function describePlaceBriefly(place: string | undefined): string {
  if (place === undefined) return ''
  const file = place.replace(/(?::\d+){1,4}$/, '').replace(/^.*[/\\]/, '')
  return file === '' ? ' (withRule)' : ` (withRule in ${file})`
}
