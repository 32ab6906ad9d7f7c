/**
 * Makes `instanceof` work between copies of this package: an error of one copy is an instance of the
 * class of the same name in another copy. A process may load several copies. Subclasses work as usual.
 *
 * @internal
 */
export function brand(of: abstract new (...args: never) => Error, name: string): void {
  const mark = Symbol.for(`mcp-resource-server/${name}`)
  Object.defineProperty(of.prototype, mark, { value: true })
  Object.defineProperty(of, Symbol.hasInstance, {
    value(this: unknown, value: unknown): boolean {
      if (Function.prototype[Symbol.hasInstance].call(this, value)) return true
      return this === of && typeof value === 'object' && value !== null && mark in value
    },
  })
}
