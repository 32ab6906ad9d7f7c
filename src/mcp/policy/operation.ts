import { RequestRefusedError } from '../../errors.ts'
import { isObject } from '../../json-object.ts'
import { quoted } from '../../quoted.ts'
import type { Call } from '../messages.ts'
import { escaped } from '../resource-uri/uri-spelling.ts'

/**
 * Where the rules for an operation stand. `templates`: those of resources, for the text of a template,
 * which lists and completions name.
 *
 * @internal
 */
export type RuleTable = 'tools' | 'resources' | 'templates' | 'prompts' | 'methods'

/** One thing that a call asks for. Most calls ask for one; a subscription may for several. @internal */
export interface Target {
  readonly table: RuleTable
  readonly name: string | undefined
}

/** A name that is longer is no name; the bounds keep matching cheap. */
const MAX_NAME_LENGTH = 2048
const MAX_SUBSCRIPTIONS = 100

/**
 * What a call is about.
 *
 * @throws {RequestRefusedError} `body_malformed` when the parameters do not name it
 * @internal
 */
export function targetsOf(call: Call): readonly Target[] {
  const { method, params = {} } = call
  switch (method) {
    case 'tools/call':
      return [{ table: 'tools', name: nameIn(call, params.name) }]
    case 'prompts/get':
      return [{ table: 'prompts', name: nameIn(call, params.name) }]
    case 'resources/read':
    case 'resources/subscribe':
    case 'resources/unsubscribe':
      return [{ table: 'resources', name: nameIn(call, params.uri) }]
    // Completions tell what values there are, so they are for whoever may use what they complete.
    case 'completion/complete': {
      const reference = isObject(params.ref) ? params.ref : {}
      if (reference.type === 'ref/prompt') {
        return [{ table: 'prompts', name: nameIn(call, reference.name) }]
      }
      const template = nameIn(call, reference.uri)
      const names = new Set([template, nameIn(call, filledIn(template, params.context))])
      return [...names].map((name) => ({ table: 'templates', name }))
    }
    case 'subscriptions/listen':
      return listened(call, params.notifications)
    default:
      return [{ table: 'methods', name: undefined }]
  }
}

/** A template with the values that the caller has chosen before: only what fits them is completed. */
function filledIn(template: string, context: unknown): string {
  const values = isObject(context) && isObject(context.arguments) ? context.arguments : {}
  return template.replace(/\{(\+?)([^{}]+)\}/g, (expression, plus: string, name: string) => {
    const value = Object.hasOwn(values, name) ? values[name] : undefined
    if (typeof value !== 'string' || value === '' || !value.isWellFormed()) return expression
    return plus === '' ? encodeURIComponent(value) : encodeURI(value)
  })
}

/** The stream of 2026-07-28: changes of lists, and of the resources that it names. */
function listened(call: Call, filter: unknown): readonly Target[] {
  const uris = isObject(filter) ? filter.resourceSubscriptions : undefined
  if (uris !== undefined && !Array.isArray(uris)) throw unnamed(call)
  const distinct = new Set<unknown>(uris)
  if (distinct.size > MAX_SUBSCRIPTIONS) throw unnamed(call)
  const resources = [...distinct].map(
    (uri): Target => ({ table: 'resources', name: nameIn(call, uri) }),
  )
  return [{ table: 'methods', name: undefined }, ...resources]
}

function nameIn(call: Call, name: unknown): string {
  if (typeof name === 'string' && name !== '' && name.length <= MAX_NAME_LENGTH) return name
  throw unnamed(call)
}

function unnamed({ id, method }: Call): RequestRefusedError {
  const message = `${method} does not say what it is about`
  return new RequestRefusedError('body_malformed', message, { id, code: -32602 })
}

/**
 * How many characters of URIs and templates a call names, as they are matched.
 *
 * @throws {RequestRefusedError} `body_malformed` when the parameters do not name them
 * @internal
 */
export function uriLengthOf(call: Call): number {
  if (call.method === 'tools/call') return 0
  let length = 0
  for (const { table, name } of targetsOf(call)) {
    if (table === 'resources' || table === 'templates') length += escaped(name ?? '').length
  }
  return length
}

/** An operation in an operator's words. @internal */
export function describeOperation({
  method,
  name,
  params,
}: Pick<Call, 'method' | 'params'> & { readonly name?: string | undefined }): string {
  const what = quoted(method).slice(1, -1)
  const about = name ?? params?.name ?? params?.uri
  return typeof about === 'string' ? `${what} ${quoted(about)}` : what
}
