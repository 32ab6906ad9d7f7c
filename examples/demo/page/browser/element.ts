type Child = Node | string | undefined | false

/** Makes an element. Texts are texts, never HTML. */
export function element<Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  attributes: Readonly<Record<string, string | undefined>> = {},
  ...children: readonly Child[]
): HTMLElementTagNameMap[Tag] {
  const made = document.createElement(tag)
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== undefined) made.setAttribute(name, value)
  }
  made.append(...children.filter((child) => child !== undefined && child !== false))
  return made
}

/** The rows of a description list; rows without a value are left out. */
export function rows(
  entries: Readonly<Record<string, Child>>,
  attributes: Readonly<Record<string, string>> = {},
): HTMLDListElement {
  const made = Object.entries(entries).map(
    ([name, value]) =>
      value !== undefined &&
      value !== '' &&
      element('div', {}, element('dt', {}, name), element('dd', {}, value)),
  )
  return element('dl', attributes, ...made)
}

export function byId(id: string): HTMLElement {
  const found = document.getElementById(id)
  if (found === null) throw new Error(`There is no element ${id}.`)
  return found
}

/** `10:15:03.042`, in the reader's time. */
export function clockTime(at: number): string {
  const date = new Date(at)
  const milliseconds = String(date.getMilliseconds()).padStart(3, '0')
  return `${date.toTimeString().slice(0, 8)}.${milliseconds}`
}

export function milliseconds(duration: number): string {
  return `${duration < 10 ? duration.toFixed(1) : Math.round(duration)} ms`
}
