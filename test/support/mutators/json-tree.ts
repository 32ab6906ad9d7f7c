/** JSON as it is written: with every spelling of a number and every repeated member. */

export interface ObjectNode {
  readonly kind: 'object'
  /** The names as they are written, with their quotation marks. */
  readonly members: (readonly [name: string, value: JsonNode])[]
}

export interface ArrayNode {
  readonly kind: 'array'
  readonly elements: JsonNode[]
}

/** Any text. A parser may refuse it. */
export interface RawNode {
  readonly kind: 'raw'
  text: string
}

export type JsonNode = ObjectNode | ArrayNode | RawNode

export const raw = (text: string): RawNode => ({ kind: 'raw', text })

export function treeOf(value: unknown): JsonNode {
  if (Array.isArray(value)) return { kind: 'array', elements: value.map(treeOf) }
  if (typeof value !== 'object' || value === null) return raw(JSON.stringify(value) ?? 'null')
  const members = Object.entries(value).map(([name, member]) => pair(name, treeOf(member)))
  return { kind: 'object', members }
}

export const pair = (name: string, value: JsonNode): readonly [string, JsonNode] => [
  JSON.stringify(name),
  value,
]

export function printTree(node: JsonNode): string {
  if (node.kind === 'raw') return node.text
  if (node.kind === 'array') return `[${node.elements.map(printTree).join(',')}]`
  return `{${node.members.map(([name, value]) => `${name}:${printTree(value)}`).join(',')}}`
}

/** A value in a tree, which can be replaced where it is. */
export interface Place {
  readonly node: JsonNode
  replace(node: JsonNode): void
}

/** Every value of a tree with its place; the tree itself comes first. */
export function placesOf(root: { node: JsonNode }): readonly Place[] {
  const places: Place[] = []
  const visit = (node: JsonNode, replace: (other: JsonNode) => void): void => {
    places.push({ node, replace })
    if (node.kind === 'array') {
      for (const [at, element] of node.elements.entries()) {
        visit(element, (other) => {
          node.elements[at] = other
        })
      }
    } else if (node.kind === 'object') {
      for (const [at, [name, value]] of node.members.entries()) {
        visit(value, (other) => {
          node.members[at] = [name, other]
        })
      }
    }
  }
  visit(root.node, (other) => {
    root.node = other
  })
  return places
}
