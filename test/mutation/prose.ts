/**
 * The rule for texts that no mutant is made of: texts for people. A wrong word there is a mistake, but lets nobody in.
 *
 * A text is one for people if it has three words in a row, or if it has a space and stands in the arguments of a
 * constructor of an error. Codes, algorithms, claims, header names and lists in header fields have no such words:
 * their mutants are made wherever they stand. What such a template computes belongs to its text.
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

/** Three words in a row: "must be a". */
const THREE_WORDS = /(?:^|[\s"'(])[a-z'’-]+ [a-z'’-]+ [a-z'’-]+/i

export function isProse(path: SyntaxPath): boolean {
  const { type, value, quasis = [] } = path.node
  if (type !== 'StringLiteral' && type !== 'TemplateLiteral') return false
  // A word stands for what a template computes.
  const text =
    type === 'StringLiteral' ? String(value) : quasis.map((part) => part.value.raw).join('it')
  return THREE_WORDS.test(text) || (text.includes(' ') && isOfError(path))
}

function isOfError(path: SyntaxPath): boolean {
  for (let parent = path.parentPath; parent !== null; parent = parent.parentPath) {
    const { type, callee } = parent.node
    if (type === 'NewExpression') return callee?.name?.endsWith('Error') === true
    if (/Function|Method/.test(type)) return false
  }
  return false
}
