export { createInstrumentation, type Instrumentation } from './create-instrumentation.ts'
export type { InstrumentationOptions } from './options.ts'
