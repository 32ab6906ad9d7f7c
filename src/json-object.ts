/** Whether a value from JSON is an object, and neither a list nor `null`. @internal */
export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/**
 * A member of a JSON object that the object has itself. A name such as `constructor` therefore finds
 * nothing that JavaScript brings along.
 *
 * @internal
 */
export function ownMember(value: unknown, name: string): unknown {
  return isObject(value) && Object.hasOwn(value, name) ? value[name] : undefined
}
