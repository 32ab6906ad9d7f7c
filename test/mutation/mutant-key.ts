interface Place {
  readonly line: number
  readonly column: number
}

/**
 * The identity of a mutant in one version of the sources. Lines and columns count from 1. Two mutants may begin at
 * the same place, such as `false` for `a || b` and `false` for `a`.
 */
export function mutantKey(
  file: string,
  mutator: string,
  replacement: string,
  { start, end }: { readonly start: Place; readonly end: Place },
): string {
  const place = `${start.line}:${start.column}-${end.line}:${end.column}`
  return `${file}:${place} ${mutator} ${replacement}`
}
