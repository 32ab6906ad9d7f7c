// Defaults of options. The schemas of the options use them, and so does code that reads no options.

/** Default of `maxTokenLength`, in characters. @internal */
export const MAX_TOKEN_LENGTH = 8192

/** Default of `clockTolerance`, in seconds. @internal */
export const CLOCK_TOLERANCE = 5

/** Default of `introspectionMaxAge`, in seconds: how long a revocation may go unnoticed. @internal */
export const INTROSPECTION_MAX_AGE = 30

/** Default of `confirm`, in seconds: after this time a JWT is confirmed again. @internal */
export const CONFIRM_EVERY = 30
