import { RequestRefusedError } from '../../errors/request-refused-error.ts'
import { isObject } from '../../json-object.ts'
import { quoted } from '../../quoted.ts'
import type { Call } from '../messages.ts'
import { escaped } from '../resource-uri/uri-normalization.ts'

/**
 * The tables in which targets with a name are looked up. The table `templates` also has the rules of
 * `resources`, but they are found by a URI template instead of a URI, because lists and completions name
 * templates.
 *
 * @internal
 */
export type TargetTable = NamedTarget['table'] | UriTarget['table']

/**
 * A tool, prompt, resource, template or method that a call uses. Most calls have one target. A
 * subscription has one target for each resource that it names.
 *
 * @internal
 */
export type Target = NamedTarget | UriTarget | typeof METHOD_ITSELF

/** @internal */
export interface NamedTarget {
  readonly table: 'tools' | 'prompts'
  /** The name as the caller sent it. */
  readonly name: string
  readonly escapedUri?: undefined
}

/** @internal */
export interface UriTarget {
  readonly table: 'resources' | 'templates'
  /** The URI or template as the caller sent it. */
  readonly name: string
  /** The URI or template, with blanks and non-ASCII characters escaped. */
  readonly escapedUri: string
}

/** The longest allowed name, in characters. It keeps matching cheap. */
const MAX_NAME_LENGTH = 2048
const MAX_SUBSCRIPTIONS = 100

const METHOD_ITSELF = { table: 'methods', name: undefined, escapedUri: undefined } as const

/** @internal */
export function targetOf(table: TargetTable, name: string): Target {
  if (table === 'tools' || table === 'prompts') return { table, name }
  return { table, name, escapedUri: escaped(name) }
}

/**
 * Reads the targets of a call from its parameters.
 *
 * @throws {RequestRefusedError} `body_malformed` when the parameters do not name a target
 * @internal
 */
export function targetsOf(call: Call): readonly Target[] {
  const { method, params = {} } = call
  switch (method) {
    case 'tools/call':
      return [targetOf('tools', nameIn(call, params.name))]
    case 'prompts/get':
      return [targetOf('prompts', nameIn(call, params.name))]
    case 'resources/read':
    case 'resources/subscribe':
    case 'resources/unsubscribe':
      return [targetOf('resources', nameIn(call, params.uri))]
    // A completion reveals values of a prompt or resource, so it needs the right to use that prompt or
    // resource.
    case 'completion/complete': {
      const reference = isObject(params.ref) ? params.ref : {}
      if (reference.type === 'ref/prompt') {
        return [targetOf('prompts', nameIn(call, reference.name))]
      }
      const template = nameIn(call, reference.uri)
      const names = new Set([template, nameIn(call, filledTemplate(template, params.context))])
      return [...names].map((name) => targetOf('templates', name))
    }
    case 'subscriptions/listen':
      return [METHOD_ITSELF, ...subscribedResources(call, params.notifications)]
    default:
      return [METHOD_ITSELF]
  }
}

/** Fills a template with the values that the caller has already chosen for other variables. */
function filledTemplate(template: string, context: unknown): string {
  const values = isObject(context) && isObject(context.arguments) ? context.arguments : {}
  return template.replace(/\{(\+?)([^{}]+)\}/g, (expression, plus: string, name: string) => {
    const value = Object.hasOwn(values, name) ? values[name] : undefined
    if (typeof value !== 'string' || value === '' || !value.isWellFormed()) return expression
    return plus === '' ? encodeURIComponent(value) : encodeURI(value)
  })
}

/** Reads the resources that a `subscriptions/listen` of revision 2026-07-28 names, without duplicates. */
function subscribedResources(call: Call, notifications: unknown): readonly Target[] {
  const uris = isObject(notifications) ? notifications.resourceSubscriptions : undefined
  if (uris !== undefined && !Array.isArray(uris)) throw targetMissing(call)
  const distinct = new Set<unknown>(uris)
  if (distinct.size > MAX_SUBSCRIPTIONS) throw targetMissing(call)
  return [...distinct].map((uri) => targetOf('resources', nameIn(call, uri)))
}

function nameIn(call: Call, name: unknown): string {
  if (typeof name === 'string' && name !== '' && name.length <= MAX_NAME_LENGTH) return name
  throw targetMissing(call)
}

function targetMissing({ id, method }: Call): RequestRefusedError {
  const message = `the params of ${method} name no tool, prompt or resource, or too many, or a name is too long`
  return new RequestRefusedError('body_malformed', message, { id, code: -32602 })
}

/** The total length of all URIs and templates of the targets, in characters. @internal */
export function uriLengthOf(targets: readonly Target[]): number {
  let length = 0
  for (const { escapedUri } of targets) length += escapedUri?.length ?? 0
  return length
}

/** Describes an operation in a message to the operator, such as `tools/call "add"`. @internal */
export function describeOperation({
  method,
  name,
  params,
}: Pick<Call, 'method' | 'params'> & { readonly name?: string | undefined }): string {
  const shownMethod = quoted(method).slice(1, -1)
  const target = name ?? params?.name ?? params?.uri
  return typeof target === 'string' ? `${shownMethod} ${quoted(target)}` : shownMethod
}
