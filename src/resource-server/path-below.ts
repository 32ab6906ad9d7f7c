/** A path below the path of the resource. So two resources of one origin have different paths. @internal */
export function pathBelow(resource: string, name: string): string {
  return `${new URL(resource).pathname.replace(/\/$/, '')}/${name}`
}
