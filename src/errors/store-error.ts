/**
 * An error of a shared store. Its message has no address, no argument and no password, so operators can
 * read it.
 *
 * @internal
 */
export abstract class StoreError extends Error {}
