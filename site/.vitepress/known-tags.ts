import type { MarkdownRenderer } from 'vitepress'

/** The HTML tags that the Markdown of the repository uses. */
const KNOWN =
  /^(?:\s*<(?:!--|\/?(?:a|b|br|dd|details|div|dl|dt|em|i|img|kbd|li|ol|p|picture|source|span|strong|sub|summary|sup|table|tbody|td|th|thead|tr|ul)\b))/i

/**
 * Shows a word in angle brackets as a word, unless it is a known HTML tag. Otherwise `<name>` in a sentence would be
 * an element without an end, and the page could not be built.
 */
export function escapeUnknownTags(markdown: MarkdownRenderer): void {
  const { rules } = markdown.renderer
  for (const rule of ['html_inline', 'html_block'] as const) {
    const original = rules[rule]
    rules[rule] = (tokens, index, options, environment, self) => {
      const content = tokens[index]?.content ?? ''
      if (!KNOWN.test(content)) return markdown.utils.escapeHtml(content)
      return original?.(tokens, index, options, environment, self) ?? content
    }
  }
}
