// Defaults that are used where no options are read, besides the schemas of the options.

/** Default of `maxTokenLength`, in characters. @internal */
export const MAX_TOKEN_LENGTH = 8192

/** Default of `clockTolerance`, in seconds. @internal */
export const CLOCK_TOLERANCE = 5

/** Default of `introspectionMaxAge`, in seconds: how long a revocation may go unnoticed. @internal */
export const INTROSPECTION_MAX_AGE = 30

/** Default of `confirm`, in seconds: for so long a confirmed JWT is not confirmed again. @internal */
export const CONFIRM_EVERY = 30
