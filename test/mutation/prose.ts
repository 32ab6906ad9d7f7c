/**
 * Which texts no mutant is made of: texts for people. A wrong word in them is a mistake, but no hole.
 *
 * A text is one for people if it has a space and stands in the arguments of a constructor of an error. Codes,
 * algorithms, claims and header names have no space: their mutants are made wherever they stand.
 */

/** What this rule needs of a path of Babel, which brings no types. */
export interface SyntaxPath {
  readonly node: {
    readonly type: string
    readonly value?: unknown
    readonly quasis?: readonly { readonly value: { readonly raw: string } }[]
    readonly callee?: { readonly type: string; readonly name?: string }
  }
  readonly parentPath: SyntaxPath | null
}

export function isProse(path: SyntaxPath): boolean {
  const { type, value, quasis = [] } = path.node
  if (type === 'StringLiteral') return String(value).includes(' ') && isOfError(path)
  if (type !== 'TemplateLiteral') return false
  return quasis.some((part) => part.value.raw.includes(' ')) && isOfError(path)
}

function isOfError(path: SyntaxPath): boolean {
  for (let parent = path.parentPath; parent !== null; parent = parent.parentPath) {
    const { type, callee } = parent.node
    if (type === 'NewExpression') return callee?.name?.endsWith('Error') === true
    if (/Function|Method/.test(type)) return false
  }
  return false
}
