/** The lines that the site's generator reads before the Markdown of a page. */
export function frontMatter(head: Readonly<Record<string, unknown>>): string {
  // JSON is YAML too.
  const lines = Object.entries(head).map(([name, value]) => `${name}: ${JSON.stringify(value)}`)
  return ['---', ...lines, '---', '', ''].join('\n')
}
