/** A page of the site that is made of a Markdown file of the repository. */
export interface Page {
  /** The file, from the root of the repository. */
  readonly source: string
  /** Its path on the site, without a slash before it and without an ending: `keycloak`, `examples/policy`. */
  readonly path: string
  /** Its heading, made unlike the headings of other pages. */
  readonly title: string
  /** Its name in the sidebar. */
  readonly label: string
  /** Its first paragraph, as one line of plain text. */
  readonly description: string
  /** The title of its part of the sidebar. */
  readonly section: string
  /** Its Markdown, as it stands in the repository. */
  readonly text: string
}

/** The path on the site of a Markdown file of the repository. */
export function pathOf(source: string): string {
  if (source === 'README.md') return 'overview'
  // docs/security.md has the shorter path.
  if (source === 'SECURITY.md') return 'security-policy'
  return source
    .replace(/^docs\//, '')
    .replace(/\/README\.md$/, '')
    .replace(/\.md$/, '')
    .toLowerCase()
    .replaceAll('_', '-')
}
