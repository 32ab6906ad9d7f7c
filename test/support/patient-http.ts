import type { HttpOptions } from '../../src/authorization-server/http/options.ts'

/**
 * The longest limits of calls to an authorization server. On a busy machine hundreds of good calls at once take
 * longer than the 5 and 10 seconds that are the defaults.
 */
export const PATIENT_HTTP = {
  timeout: 300,
  headersTimeout: 300,
  connectTimeout: 300,
} as const satisfies HttpOptions
