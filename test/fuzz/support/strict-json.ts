import { isScalar, parseDocument, visit } from 'yaml'

/** Whether a text is JSON that names no member twice. A YAML parser counts the names, because `JSON.parse` hides them. */
export function isStrictJson(text: string): boolean {
  try {
    JSON.parse(text)
  } catch {
    return false
  }
  const names = parseDocument(text, { uniqueKeys: false, schema: 'json', merge: false })
  let unique = true
  visit(names, {
    Map(_, { items }) {
      const found = items.map(({ key }) => (isScalar(key) ? String(key.value) : ''))
      if (new Set(found).size !== found.length) unique = false
    },
  })
  return unique
}

/** The value of a JSON text; `undefined` if the text is not JSON. */
export function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** How deeply objects and lists are nested. This package reads 64 levels. */
export function depthOf(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0
  return 1 + Math.max(0, ...Object.values(value).map(depthOf))
}
