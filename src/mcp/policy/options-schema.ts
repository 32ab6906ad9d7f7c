import { z } from 'zod'
import { callable, flag, scopes, texts, whole } from '../../options/schema-parts.ts'
import { SCOPE_TOKEN } from '../../token/scope.ts'

const needed = (list: z.ZodType<string[]>, what: string) =>
  z.union(
    [
      list.refine((words) => words.length > 0, { error: `must name at least one ${what}` }),
      z.strictObject({
        anyOf: list.refine((words) => words.length > 0, {
          error: `must name at least one ${what}`,
        }),
      }),
    ],
    { error: `must be a list of ${what}s, or { anyOf: [...] }` },
  )

const rule = z.union(
  [
    z.enum(['allow', 'deny']),
    z
      .strictObject({
        scopes: needed(scopes, 'scope').optional(),
        roles: needed(texts, 'role').optional(),
        allow: callable.optional(),
      })
      .refine((requirement) => Object.values(requirement).some((value) => value !== undefined), {
        error: 'must require something; whoever has a good token is "allow"',
      }),
  ],
  { error: 'must be "allow", "deny" or an object with scopes, roles or allow' },
)

/** Values by name. `z.record` passes over `__proto__`, in parsed JSON a member like any other. */
const byName = (name: z.ZodString, value: z.ZodType, wants: string) =>
  z
    .unknown()
    .superRefine((given, context) => {
      if (typeof given !== 'object' || given === null || !Object.hasOwn(given, '__proto__')) return
      const { error } = value.safeParse(Reflect.get(given, '__proto__'), { reportInput: true })
      for (const issue of error?.issues ?? []) {
        context.addIssue({ ...issue, path: ['__proto__', ...issue.path] })
      }
    })
    .pipe(z.record(name, value, { error: wants }))

const NO_PATTERN =
  'has a rule with `*` in its name, but names are literal; write a rule for each name, and for ' +
  'resources a template such as docs:///{+path}'

/** Whoever writes a pattern must not come to believe that it holds. */
const rules = byName(z.string(), rule, 'must be an object of rules by name').superRefine(
  (byNames, context) => {
    // What is wrong within a template's expression is said where templates are read.
    const input = Object.keys(byNames).find((name) => /\*/.test(name.replace(/\{[^{}]*\}/g, '')))
    if (input !== undefined) context.addIssue({ code: 'custom', message: NO_PATTERN, input })
  },
)

/** @internal */
export const policySchema = z.strictObject(
  {
    tools: rules.optional(),
    resources: rules.optional(),
    prompts: rules.optional(),
    methods: rules.optional(),
    default: rule.optional(),
    rolesOf: callable.optional(),
    showStepUp: flag.optional(),
    maxBodySize: whole(1024, 1024 * 1024 * 1024, 'bytes').optional(),
    maxBatchSize: whole(1, 10_000, 'messages').optional(),
  },
  { error: 'must be an object with tools, resources, prompts or methods' },
)

/** @internal */
export const scopeHierarchySchema = byName(
  z.string().regex(SCOPE_TOKEN),
  scopes,
  'must be an object with lists of scopes by the scope that includes them',
)

/** @internal */
export const policyContextSchema = z.strictObject({
  scopeHierarchy: scopeHierarchySchema.optional(),
})
