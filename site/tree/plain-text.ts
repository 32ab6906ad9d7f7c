/** The longest description of a page. Search engines show about so much. */
const LONGEST = 180

/** The first paragraph of Markdown after its first heading, as one line of plain text. */
export function firstParagraph(markdown: string): string {
  const blocks = markdown
    .replace(/^[\s\S]*?^# .*$/m, '')
    .replace(/<!--[\s\S]*?-->/g, '')
    .split(/\n\s*\n/)
    .map((block) => block.trim())
  const prose = blocks.find((block) => block !== '' && !/^([#<|`>!]|[-*] |\d+\. )/.test(block))
  return shortened(plainText(prose ?? ''))
}

/** Markdown as a reader sees it, in one line. */
export function plainText(markdown: string): string {
  return markdown
    .replace(/!?\[([^\]]*)\]\([^)]*\)/g, '$1')
    .replace(/\*\*|`|\\(?=[<>_*])/g, '')
    .replace(/\s+/g, ' ')
    .trim()
}

/** Whole sentences, if they are short enough, otherwise whole words. */
export function shortened(text: string): string {
  if (text.length <= LONGEST) return text
  const start = text.slice(0, LONGEST)
  const sentences = /^.*[.!?](?= )/.exec(start)?.[0]
  return sentences ?? `${start.slice(0, start.lastIndexOf(' '))} …`
}
