import type { z } from 'zod'
import { nearestOption } from './nearest-option.ts'

/** Options whose values must not be printed, whatever is wrong with them. */
const SECRET = /secret|password$|keys|signed_metadata|introspection$/i

/**
 * Judges options when something is constructed, so that a mistake shows at start-up and not at the
 * first request.
 *
 * @param where the function that was called
 * @throws {TypeError} naming the option, what it got and what it wants
 * @internal
 */
export function assertOptions(where: string, schema: z.ZodType, options: unknown): void {
  const result = schema.safeParse(options, { reportInput: true })
  if (result.success) return
  const issue = deepest(result.error.issues)
  if (issue === undefined) throw new TypeError(`${where}: the options are not as they should be`)
  const path = issue.path.map(String)
  if (issue.code === 'unrecognized_keys') {
    const [key = ''] = issue.keys
    const nearest = nearestOption(key, optionsAt(schema, path))
    const hint = nearest === undefined ? '' : `: did you mean \`${[...path, nearest].join('.')}\`?`
    throw new TypeError(`${where}: there is no option \`${[...path, key].join('.')}\`${hint}`)
  }
  throw optionError(where, path.join('.') || 'options', issue.message, issue.input)
}

/** @internal */
export function optionError(where: string, path: string, wants: string, got?: unknown): TypeError {
  const told = wants.startsWith('is empty') ? '' : `; got ${shown(path, got)}`
  return new TypeError(`${where}: option \`${path}\` ${wants}${told}`)
}

/** The names of the options at a path of a schema. */
function optionsAt(schema: z.core.$ZodType, path: readonly string[]): string[] {
  const { def } = (schema as z.core.$ZodTypes)._zod
  const [name, ...rest] = path
  if (def.type === 'optional') return optionsAt(def.innerType, path)
  if (def.type === 'pipe') return optionsAt(def.out, path)
  if (def.type === 'union') return def.options.flatMap((branch) => optionsAt(branch, path))
  if (def.type === 'array') return optionsAt(def.element, rest)
  if (def.type === 'record') return optionsAt(def.valueType, rest)
  if (def.type !== 'object') return []
  const inner = name === undefined ? undefined : def.shape[name]
  if (inner !== undefined) return optionsAt(inner, rest)
  return name === undefined ? Object.keys(def.shape) : []
}

/**
 * The issue to tell. An unknown option goes before a missing one, which may be the same, misspelt. Of
 * the branches of a union, the one that came furthest says best what is wrong.
 */
function deepest(issues: readonly z.core.$ZodIssue[]): z.core.$ZodIssue | undefined {
  const unknown = issues.find(({ code }) => code === 'unrecognized_keys')
  const first = issues[0]?.input === undefined ? (unknown ?? issues[0]) : issues[0]
  if (first?.code !== 'invalid_union') return first
  const branches = first.errors
    .map((branch) => deepest(branch))
    .filter((issue) => issue !== undefined)
    .sort((a, b) => b.path.length - a.path.length)
  const best = branches.find((issue) => issue.path.length > 0 || issue.code === 'unrecognized_keys')
  return best === undefined
    ? first
    : ({ ...best, path: [...first.path, ...best.path] } as z.core.$ZodIssue)
}

function shown(path: string, got: unknown): string {
  if (SECRET.test(path)) return got === undefined ? 'nothing' : `a ${typeof got} that is not shown`
  if (got === undefined) return 'nothing'
  if (typeof got === 'function') return 'a function'
  if (typeof got === 'object' && got !== null) return Array.isArray(got) ? 'a list' : 'an object'
  if (typeof got !== 'string') return String(got)
  // A URL may hold a password.
  return JSON.stringify(got.replace(/\/\/.*@/s, '//…@').slice(0, 200))
}
