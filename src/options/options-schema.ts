import { z } from 'zod'

/** The type of a member of an options interface, with `undefined` where the member is optional. */
type Given<Options, Name extends keyof Options> =
  Record<never, never> extends Pick<Options, Name> ? Options[Name] | undefined : Options[Name]

/** A schema for each member of an options interface. No schema accepts more than the interface. */
type ShapeOf<Options> = {
  readonly [Name in keyof Options]-?: z.ZodType<unknown, Given<Options, Name>>
}

/** Lists without `readonly`, as schemas have them. */
type Mutable<Value> = Value extends readonly (infer Entry)[] ? Mutable<Entry>[] : Value

/** The reverse: no schema accepts less than the interface, and no schema is left over. */
type Exactly<Options, Shape> = {
  readonly [Name in keyof Shape]: Name extends keyof Options
    ? [Mutable<Given<Options, Name>>] extends [z.input<Extract<Shape[Name], z.ZodType>>]
      ? unknown
      : { readonly 'the schema refuses a value that the interface accepts': Given<Options, Name> }
    : { readonly 'the interface has no such member': never }
}

/** Options that were read: an option that was left out has its default, or is `undefined`. @internal */
export type Settled<Shape> = {
  readonly [Name in keyof Shape]: z.output<Extract<Shape[Name], z.ZodType>>
}

/**
 * Pairs an options interface with the schemas of its members, for use in a larger schema. It does not
 * compile unless both have the same members and accept the same values.
 *
 * @internal
 */
export function optionsShape<Options>() {
  return <const Shape extends ShapeOf<Options>>(shape: Shape & Exactly<Options, Shape>): Shape =>
    shape
}

/**
 * Makes the schema of an options interface. It refuses unknown members. As with {@link optionsShape},
 * schema and interface must agree.
 *
 * @param error what the options must be, beginning with "must be"
 * @internal
 */
export function optionsSchema<Options>() {
  return <const Shape extends ShapeOf<Options>>(
    shape: Shape & Exactly<Options, Shape>,
    error = 'must be an object',
  ): z.ZodType<Settled<Shape>, Options> =>
    z.strictObject(shape as z.core.$ZodShape, { error }) as z.ZodType as z.ZodType<
      Settled<Shape>,
      Options
    >
}
