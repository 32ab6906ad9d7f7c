import { isScalar, parseDocument, visit } from 'yaml'

/** JSON that every parser reads in the same way. YAML's parser is the second opinion: it counts names. */
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

/** Parses JSON; `undefined` if it is none. */
export function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
