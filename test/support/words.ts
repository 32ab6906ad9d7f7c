/** The words of a text, as a list: words`one two` is ['one', 'two']. */
export const words = (text: TemplateStringsArray): readonly string[] =>
  text.join('').split(/\s+/).filter(Boolean)
