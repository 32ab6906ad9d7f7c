import type { z } from 'zod'
import { optionsSchema } from '../options/options-schema.ts'
import { flag } from '../options/schema-parts.ts'
import type { InstrumentationOptions } from './options.ts'

/** @internal */
export const instrumentationSchema = optionsSchema<InstrumentationOptions>()({
  subject: flag.default(false),
})

/** The options of the instrumentation with their defaults. @internal */
export type InstrumentationSettings = z.output<typeof instrumentationSchema>
