/** A page as the browser shows it. */
export interface PageFacts {
  readonly title: string
  readonly description: string
  readonly headings: number
  /** The addresses that the page links to. */
  readonly links: readonly string[]
  /** The anchors that links can lead to. */
  readonly ids: readonly string[]
  /** The addresses of visible pictures that are not loaded. */
  readonly brokenPictures: readonly string[]
  /** How many pixels the page is wider than the window. */
  readonly overflow: number
  /** The elements that are wider than the window. */
  readonly wide: readonly string[]
}
