import { z } from 'zod'
import { isObject } from '../../json-object.ts'
import { optionsSchema, optionsShape } from '../../options/options-schema.ts'
import { asGiven, callable, flag, scopes, texts, whole } from '../../options/schema-parts.ts'
import { SCOPE_TOKEN } from '../../options/scope-token.ts'
import type {
  AllOrAny,
  PolicyOptions,
  PolicyRequirement,
  PolicyRule,
  PolicyRules,
  ScopeHierarchy,
} from './options.ts'

const namesSchema = (
  list: z.ZodType<string[], string[]>,
  what: string,
): z.ZodType<AllOrAny, AllOrAny> => {
  const filled = list.refine((names) => names.length > 0, {
    error: `must name at least one ${what}`,
  })
  return z.union([filled, z.strictObject({ anyOf: filled })], {
    error: `must be a list of ${what}s, or { anyOf: [...] }`,
  })
}

const requirementShape = optionsShape<PolicyRequirement>()({
  scopes: namesSchema(scopes, 'scope').optional(),
  roles: namesSchema(texts, 'role').optional(),
  allow: callable<NonNullable<PolicyRequirement['allow']>>().optional(),
  dpop: z.literal(true, { error: 'must be true or left out' }).optional(),
})

const ruleSchema = asGiven<PolicyRule>(
  z.union(
    [
      z.enum(['allow', 'deny']),
      z
        .strictObject(requirementShape)
        .refine((requirement) => Object.values(requirement).some((value) => value !== undefined), {
          error: 'must require something; "allow" is the rule for every caller with a good token',
        }),
    ],
    { error: 'must be "allow", "deny" or an object with scopes, roles, allow or dpop' },
  ),
)

/**
 * An object of values by name. `z.record` skips a member called `__proto__`, which parsed JSON can
 * have, so that member is checked here.
 */
const byName = (name: z.ZodString, value: z.ZodType, expected: string) =>
  z
    .unknown()
    .superRefine((given, context) => {
      if (!isObject(given) || !Object.hasOwn(given, '__proto__')) return
      const { error } = value.safeParse(Reflect.get(given, '__proto__'), { reportInput: true })
      for (const issue of error?.issues ?? []) {
        context.addIssue({ ...issue, path: ['__proto__', ...issue.path] })
      }
    })
    .pipe(z.record(name, value, { error: expected }))

const NO_PATTERN =
  'has a rule with `*` in its name, but names are literal; write a rule for each name, and for ' +
  'resources a template such as docs:///{+path}'

/** Refuses a name with `*`: its author would believe that it works as a pattern. */
const rulesSchema = asGiven<PolicyRules>(
  byName(z.string(), ruleSchema, 'must be an object of rules by name').superRefine(
    (rules, context) => {
      // A `*` within a template's expression is reported where templates are parsed.
      const input = Object.keys(rules).find((name) => /\*/.test(name.replace(/\{[^{}]*\}/g, '')))
      if (input !== undefined) context.addIssue({ code: 'custom', message: NO_PATTERN, input })
    },
  ),
)

/** @internal */
export const policySchema = optionsSchema<PolicyOptions>()(
  {
    tools: rulesSchema.optional(),
    resources: rulesSchema.optional(),
    prompts: rulesSchema.optional(),
    methods: rulesSchema.optional(),
    default: ruleSchema.default('deny'),
    rolesOf: callable<NonNullable<PolicyOptions['rolesOf']>>().optional(),
    showStepUp: flag.default(true),
    maxBodySize: whole(1024, 1024 * 1024 * 1024, 'bytes').default(4 * 1024 * 1024),
    maxBatchSize: whole(1, 10_000, 'messages').default(100),
  },
  'must be an object with tools, resources, prompts or methods',
)

/** The options of a policy with their defaults. @internal */
export type PolicySettings = z.output<typeof policySchema>

/** The limits for the body of a request. @internal */
export type BodyLimits = Pick<PolicySettings, 'maxBodySize' | 'maxBatchSize'>

/** @internal */
export const scopeHierarchySchema = asGiven<ScopeHierarchy>(
  byName(
    z.string().regex(SCOPE_TOKEN),
    scopes,
    'must be an object with lists of scopes by the scope that includes them',
  ),
)

/** @internal */
export const policyContextSchema = z.strictObject(
  { scopeHierarchy: scopeHierarchySchema.optional() },
  { error: 'must be an object with scopeHierarchy' },
)
