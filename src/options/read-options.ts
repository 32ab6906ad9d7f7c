import type { z } from 'zod'
import { nearestOption } from './nearest-option.ts'
import { optionError } from './option-error.ts'
import { schemaBehind } from './schema-parts.ts'

/**
 * Reads the options of a function when it is called, so that a mistake shows at start-up and not at
 * the first request. The result has every default filled in.
 *
 * @param where the function that was called
 * @throws {TypeError} naming the option, the value that was found and what was expected
 * @internal
 */
export function readOptions<Schema extends z.ZodType>(
  where: string,
  schema: Schema,
  options: unknown,
): z.output<Schema> {
  const result = schema.safeParse(options, { reportInput: true })
  if (result.success) return result.data
  const issue = mostTelling(result.error.issues)
  if (issue === undefined) throw new TypeError(`${where}: the options are wrong`)
  const path = issue.path.map(String)
  if (issue.code === 'unrecognized_keys') {
    const [key = ''] = issue.keys
    const names = optionsAt(schema, path)
    const parent = names.find((name) => optionsAt(schema, [...path, name]).includes(key))
    const nested = parent === undefined ? undefined : `${parent}.${key}`
    const nearest = nearestOption(key, names, nested)
    const hint = nearest === undefined ? '' : `: did you mean \`${[...path, nearest].join('.')}\`?`
    throw new TypeError(`${where}: there is no option \`${[...path, key].join('.')}\`${hint}`)
  }
  throw optionError(where, path.join('.') || 'options', issue.message, issue.input)
}

/** The names of the options at a path of a schema. */
function optionsAt(schema: z.core.$ZodType, path: readonly string[]): string[] {
  const behind = schemaBehind(schema)
  if (behind !== undefined) return optionsAt(behind, path)
  const { def } = (schema as z.core.$ZodTypes)._zod
  const [name, ...rest] = path
  if (def.type === 'optional' || def.type === 'default' || def.type === 'prefault') {
    return optionsAt(def.innerType, path)
  }
  if (def.type === 'pipe') return [...optionsAt(def.in, path), ...optionsAt(def.out, path)]
  if (def.type === 'union') return def.options.flatMap((branch) => optionsAt(branch, path))
  if (def.type === 'array') return optionsAt(def.element, rest)
  if (def.type === 'record') return name === undefined ? [] : optionsAt(def.valueType, rest)
  if (def.type !== 'object') return []
  const inner = name === undefined ? undefined : def.shape[name]
  if (inner !== undefined) return optionsAt(inner, rest)
  return name === undefined ? Object.keys(def.shape) : []
}

/**
 * The issue to report. An unknown option comes before a missing one: it may be the missing one,
 * misspelt. Of the branches of a union, the one whose issue lies deepest explains best.
 */
function mostTelling(issues: readonly z.core.$ZodIssue[]): z.core.$ZodIssue | undefined {
  const unknown = issues.find(({ code }) => code === 'unrecognized_keys')
  const first = issues[0]?.input === undefined ? (unknown ?? issues[0]) : issues[0]
  if (first?.code !== 'invalid_union') return first
  const branches = first.errors
    .map((branch) => mostTelling(branch))
    .filter((issue) => issue !== undefined)
    .sort((a, b) => b.path.length - a.path.length)
  const best = branches.find((issue) => issue.path.length > 0 || issue.code === 'unrecognized_keys')
  return best === undefined
    ? first
    : ({ ...best, path: [...first.path, ...best.path] } as z.core.$ZodIssue)
}
