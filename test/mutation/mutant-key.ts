/** The identity of a mutant in one version of the sources. Lines and columns count from 1. */
export function mutantKey(
  file: string,
  mutator: string,
  replacement: string,
  start: { readonly line: number; readonly column: number },
): string {
  return `${file}:${start.line}:${start.column} ${mutator} ${replacement}`
}
