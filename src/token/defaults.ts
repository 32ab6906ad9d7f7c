// Defaults of options that several rooms take, in one place so that they cannot drift apart.

/** Characters. @internal */
export const MAX_TOKEN_LENGTH = 8192

/** Seconds. @internal */
export const CLOCK_TOLERANCE = 5

/** Seconds for which an answer of introspection is used again: how long a revocation may go unnoticed. @internal */
export const INTROSPECTION_MAX_AGE = 30

/** Seconds for which a JWT that introspection confirmed is not confirmed again. @internal */
export const CONFIRM_EVERY = 30
