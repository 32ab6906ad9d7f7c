/** Whether a value from JSON is an object: not a list, and not `null`. @internal */
export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/**
 * Reads a member of a JSON object. Inherited members, such as `constructor`, are not found.
 *
 * @internal
 */
export function ownMember(value: unknown, name: string): unknown {
  return isObject(value) && Object.hasOwn(value, name) ? value[name] : undefined
}
