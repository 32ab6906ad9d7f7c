import { z } from 'zod'
import { optionsSchema } from '../options/options-schema.ts'
import { flag } from '../options/schema-parts.ts'
import type { InstrumentationOptions } from './options.ts'

/** @internal */
export const instrumentationSchema = optionsSchema<InstrumentationOptions>()({
  enabled: flag.default(true),
  subject: flag.default(false),
  resourceUris: flag.default(false),
  traceContext: z
    .enum(['parent', 'link', 'ignore'], { error: 'must be "parent", "link" or "ignore"' })
    .default('parent'),
})

/** The options of the instrumentation with their defaults. @internal */
export type InstrumentationSettings = z.output<typeof instrumentationSchema>
