import { z } from 'zod'
import { SCOPE_TOKEN } from './scope-token.ts'

/** A year in seconds, the upper bound of most times. @internal */
export const YEAR = 31_536_000

/** @internal */
export const text = (wants: string) =>
  z.string({ error: `must be ${wants}` }).min(1, `is empty; it must be ${wants}`)
/** @internal */
export const flag = z.boolean({ error: 'must be true or false' })

/** A function. It is passed on as it is. @internal */
export const callable = <Callable = unknown>(): z.ZodType<Callable, Callable> =>
  z.custom<Callable>((value) => typeof value === 'function', { error: 'must be a function' })

/** A number of something, whose name the tables of docs/options.md show after the default. @internal */
export const number = (least: number, most: number, unit: string) => {
  const error = `must be a number of ${unit} from ${least} to ${most}`
  return z.number({ error }).min(least, error).max(most, error).meta({ unit })
}

/** A whole number of something. @internal */
export const whole = (least: number, most: number, unit: string) => {
  const error = `must be a whole number of ${unit} from ${least} to ${most}`
  return z.number({ error }).int(error).min(least, error).max(most, error).meta({ unit })
}

/** @internal */
export const texts = z.array(text('a list of strings'), { error: 'must be a list of strings' })

/** @internal */
export const scopes = z
  .array(
    z
      .string({ error: 'must be a list of strings' })
      .regex(
        SCOPE_TOKEN,
        'must be one scope, without spaces, quotes and backslashes (RFC 6749 §3.3)',
      ),
    {
      error: 'must be a list of scopes',
    },
  )
  .refine((list) => !list.includes('offline_access'), {
    // It is between client and authorization server; a challenge that names it makes clients ask
    // for refresh tokens they may not want (MCP-4).
    error:
      'must not name offline_access, which clients ask the authorization server for themselves',
  })

/** The schemas that {@link asGiven} checks with, by the schemas that it returns. */
const BEHIND = new WeakMap<z.core.$ZodType, z.core.$ZodType>()

/**
 * Checks a value with a schema and passes on the value itself. A schema alone passes on a copy, and a
 * copy of an object with methods or private members does not work.
 *
 * @internal
 */
export function asGiven<Value>(schema: z.core.$ZodType): z.ZodType<Value, Value> {
  const same = z.custom<Value>().superRefine((value, context) => {
    const { error } = z.safeParse(schema, value, { reportInput: true })
    for (const issue of error?.issues ?? []) {
      context.addIssue({ ...(issue as z.core.$ZodIssueCustom), continue: false })
    }
  })
  BEHIND.set(same, schema)
  return same
}

/** The schema that a schema of {@link asGiven} checks with. @internal */
export function schemaBehind(schema: z.core.$ZodType): z.core.$ZodType | undefined {
  return BEHIND.get(schema)
}
