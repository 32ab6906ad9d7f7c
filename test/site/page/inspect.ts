/** What the tests ask of a page. This runs in the page, after its types are removed. */
import type { PageFacts } from './page-facts.ts'

/** A text whose contrast is too low. */
interface FaintText {
  readonly text: string
  readonly element: string
  readonly contrast: number
}

type Colour = readonly [red: number, green: number, blue: number, alpha: number]

const name = (element: Element): string =>
  [element.tagName.toLowerCase(), ...element.classList].join('.')

async function facts(): Promise<PageFacts> {
  const pictures = Array.from(document.images).filter((image) => image.checkVisibility())
  for (const image of pictures) image.loading = 'eager'
  await Promise.all(pictures.map((image) => image.decode().catch(() => {})))
  const width = document.documentElement.clientWidth
  const overflow = document.documentElement.scrollWidth - width
  return {
    title: document.title,
    description: document.querySelector<HTMLMetaElement>('meta[name=description]')?.content ?? '',
    headings: document.querySelectorAll('h1').length,
    links: Array.from(document.querySelectorAll<HTMLAnchorElement>('a[href]'), ({ href }) => href),
    ids: Array.from(document.querySelectorAll('[id]'), ({ id }) => id),
    brokenPictures: pictures.filter(({ naturalWidth }) => naturalWidth === 0).map(({ src }) => src),
    overflow,
    wide:
      overflow > 0
        ? Array.from(document.querySelectorAll('body *'))
            .filter((element) => element.getBoundingClientRect().right > width + 1)
            .filter((element) => !scrollsInside(element.parentElement))
            .map(name)
            .slice(0, 5)
        : [],
  }
}

/** Whether an ancestor scrolls or cuts what sticks out of it. */
function scrollsInside(element: Element | null): boolean {
  if (element === null || element === document.body) return false
  return getComputedStyle(element).overflowX !== 'visible' || scrollsInside(element.parentElement)
}

/** Texts below the contrast of WCAG AA: 4.5, and 3 for large text (WCAG 2.2, 1.4.3). */
function faintTexts(): FaintText[] {
  const found = new Map<Element, FaintText>()
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT)
  while (walker.nextNode()) {
    const text = walker.currentNode.textContent?.trim() ?? ''
    const element = walker.currentNode.parentElement
    if (text === '' || element === null || found.has(element)) continue
    if (!element.checkVisibility({ opacityProperty: true, visibilityProperty: true })) continue
    if (element.closest('script, style, [aria-hidden=true], .visually-hidden')) continue
    const style = getComputedStyle(element)
    const background = backgroundOf(element)
    const contrast = contrastOf(over(colourOf(style.color), background), background)
    const size = Number.parseFloat(style.fontSize)
    const large = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700)
    if (contrast < (large ? 3 : 4.5)) {
      const rounded = Math.round(contrast * 100) / 100
      found.set(element, { text: text.slice(0, 40), element: name(element), contrast: rounded })
    }
  }
  return [...found.values()]
}

/** The colour behind an element: the backgrounds of its ancestors, one over the other. */
function backgroundOf(element: Element | null): Colour {
  if (element === null) return [255, 255, 255, 1]
  const own = colourOf(getComputedStyle(element).backgroundColor)
  return own[3] === 1 ? own : over(own, backgroundOf(element.parentElement))
}

function over(front: Colour, back: Colour): Colour {
  const mixed = (at: 0 | 1 | 2) => front[at] * front[3] + back[at] * (1 - front[3])
  return [mixed(0), mixed(1), mixed(2), 1]
}

/** Any colour of CSS, as the browser paints it. */
function colourOf(css: string): Colour {
  const canvas = new OffscreenCanvas(1, 1).getContext('2d')
  if (canvas === null) throw new Error('The browser has no canvas.')
  canvas.fillStyle = css
  canvas.fillRect(0, 0, 1, 1)
  const [red = 0, green = 0, blue = 0, alpha = 0] = canvas.getImageData(0, 0, 1, 1).data
  return [red, green, blue, alpha / 255]
}

function contrastOf(one: Colour, other: Colour): number {
  const [dark = 0, light = 0] = [luminance(one), luminance(other)].sort((a, b) => a - b)
  return (light + 0.05) / (dark + 0.05)
}

function luminance([red, green, blue]: Colour): number {
  const part = (value: number) =>
    value <= 10.31475 ? value / 3294.6 : ((value / 255 + 0.055) / 1.055) ** 2.4
  return 0.2126 * part(red) + 0.7152 * part(green) + 0.0722 * part(blue)
}

/** Whether the focused element shows that it has the focus. `undefined` where nothing has it. */
function focusIsVisible(): { element: string; visible: boolean } | undefined {
  const element = document.activeElement
  if (element === null || element === document.body) return undefined
  const { outlineStyle, outlineWidth, boxShadow } = getComputedStyle(element)
  const outlined = outlineStyle !== 'none' && Number.parseFloat(outlineWidth) >= 1
  return { element: name(element), visible: outlined || boxShadow !== 'none' }
}

/** Elements that move for longer than a hundredth of a second. */
function movingElements(): string[] {
  const seconds = (list: string) => Math.max(...list.split(',').map(Number.parseFloat))
  return Array.from(document.querySelectorAll('*'))
    .filter((element) => {
      const { transitionDuration, animationDuration, animationName } = getComputedStyle(element)
      const animated = animationName !== 'none' && seconds(animationDuration) > 0.01
      return seconds(transitionDuration) > 0.01 || animated
    })
    .map(name)
}

Object.assign(globalThis, {
  inspect: { facts, faintTexts, focusIsVisible, movingElements },
})
