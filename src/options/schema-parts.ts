import { z } from 'zod'
import { SCOPE_TOKEN } from '../token/scope.ts'

/** @internal */
export const text = (wants: string) =>
  z.string({ error: `must be ${wants}` }).min(1, `is empty; it must be ${wants}`)
/** @internal */
export const flag = z.boolean({ error: 'must be true or false' })
/** @internal */
export const callable = z.custom((value) => typeof value === 'function', {
  error: 'must be a function',
})

/** @internal */
export const number = (least: number, most: number, unit: string) => {
  const error = `must be a number of ${unit} from ${least} to ${most}`
  return z.number({ error }).min(least, error).max(most, error)
}

/** @internal */
export const whole = (least: number, most: number, unit: string) => {
  const error = `must be a whole number of ${unit} from ${least} to ${most}`
  return z.number({ error }).int(error).min(least, error).max(most, error)
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
