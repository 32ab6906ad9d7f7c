import { copyFileSync, existsSync, mkdirSync, readFileSync } from 'node:fs'
import { basename, posix } from 'node:path'
import { PAGES, ROOT } from '../place.ts'
import { outsideCode } from './links.ts'

const PICTURE = /<picture>([\s\S]*?)<\/picture>/g
const DARK = /<source[^>]*prefers-color-scheme: *dark[^>]*>/
const IMAGE = /<img\b[^>]*>/g

/**
 * The Markdown with its pictures as pictures of the site. GitHub chooses between a light and a dark picture by a media
 * query. The site has a switch of its own, which sets a class: it needs both pictures, and shows one.
 */
export function rewritePictures(text: string, source: string): string {
  return outsideCode(text, (prose) =>
    prose
      .replace(PICTURE, (_, inside: string) => {
        const light = inside.match(IMAGE)?.[0] ?? ''
        const dark = attribute(inside.match(DARK)?.[0] ?? '', 'srcset')
        if (dark === undefined) return siteImage(light, source)
        return (
          siteImage(light, source, { className: 'light-only' }) +
          siteImage(light, source, { className: 'dark-only', file: dark })
        )
      })
      .replace(/!\[([^\]]*)\]\(([^)\s]+)\)/g, (_, alt, file) =>
        siteImage(`<img src="${file}" alt="${alt}">`, source),
      ),
  )
}

function siteImage(
  image: string,
  source: string,
  { className, file = attribute(image, 'src') ?? '' }: { className?: string; file?: string } = {},
): string {
  if (/^[a-z]+:/.test(file)) throw new Error(`${source} has a picture of another host: ${file}`)
  const path = posix.join(posix.dirname(source), file)
  if (!existsSync(`${ROOT}${path}`)) {
    throw new Error(`${source} shows the picture ${file}, and there is no ${path}.`)
  }
  const { width, height } = copyPicture(path)
  const words = [
    `src="/pictures/${basename(path)}"`,
    `alt="${attribute(image, 'alt') ?? ''}"`,
    className && `class="${className}"`,
    width && `width="${attribute(image, 'width') ?? width}"`,
    // The width of the text sets the height, unless the picture is smaller.
    height && !attribute(image, 'width') && `height="${height}"`,
    'loading="lazy"',
  ]
  return `<img ${words.filter(Boolean).join(' ')}>`
}

/** Its size keeps the place of a picture that is not loaded yet. */
function copyPicture(path: string): { width?: number; height?: number } {
  mkdirSync(`${PAGES}public/pictures`, { recursive: true })
  copyFileSync(`${ROOT}${path}`, `${PAGES}public/pictures/${basename(path)}`)
  const bytes = readFileSync(`${ROOT}${path}`)
  if (path.endsWith('.png'))
    return { width: bytes.readUInt32BE(16), height: bytes.readUInt32BE(20) }
  const [, width, height] =
    /<svg[^>]*viewBox="[\d.]+ [\d.]+ ([\d.]+) ([\d.]+)"/.exec(`${bytes}`) ?? []
  return width && height ? { width: Number(width), height: Number(height) } : {}
}

function attribute(tag: string, name: string): string | undefined {
  return new RegExp(`\\b${name}="([^"]*)"`).exec(tag)?.[1]
}
