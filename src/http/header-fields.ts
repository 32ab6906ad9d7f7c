import type { HeaderLookup, ResourceRequest } from './resource-request.ts'

/** The values of a field that a request does not have. @internal */
export const NO_VALUES: readonly string[] = Object.freeze([])

/**
 * All values of a header field of a request. Empty if the request does not have the field.
 *
 * @internal
 */
export function headerValues(headers: ResourceRequest['headers'], name: string): readonly string[] {
  if (isLookup(headers)) return headers.valuesOf(name)
  if (isHeaders(headers)) {
    const value = headers.get(name)
    return value === null ? NO_VALUES : [value]
  }
  const value = headers[name]
  if (value === undefined) return NO_VALUES
  return typeof value === 'string' ? [value] : value
}

/** The values in a record are texts and lists, never functions. */
function isLookup(headers: ResourceRequest['headers']): headers is HeaderLookup {
  return typeof (headers as Partial<HeaderLookup>).valuesOf === 'function'
}

/** Checks for the method `get`: `Headers` of undici, or of another realm, are not instances of the global class. */
function isHeaders(headers: Exclude<ResourceRequest['headers'], HeaderLookup>): headers is Headers {
  return typeof headers.get === 'function'
}
