/** Options of `createInstrumentation`. */
export interface InstrumentationOptions {
  /**
   * Whether spans have the subject of the token, in the attribute `enduser.id`. A subject is personal
   * data. Metrics never have it.
   *
   * @defaultValue `false`
   */
  readonly subject?: boolean
}
