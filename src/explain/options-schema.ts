import { optionsSchema } from '../options/options-schema.ts'
import { flag, text } from '../options/schema-parts.ts'
import type { ExplainOptions } from './options.ts'

/** @internal */
export const explainSchema = optionsSchema<ExplainOptions>()({
  fetch: flag.default(true),
  tool: text('the name of a tool').optional(),
})
