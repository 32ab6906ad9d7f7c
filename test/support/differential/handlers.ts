import { posix } from 'node:path'

type Handler = (uri: URL) => string

/** Handlers: each gives the name of the resource that it reads for a URI. */
export const HANDLERS: Readonly<Record<string, Handler>> = {
  href: (uri) => uri.href,
  'without query': (uri) => uri.href.replace(/[?#].*/, ''),
  'without fragment': (uri) => uri.href.replace(/#.*/, ''),
  decodeURI: (uri) => encodeURI(decodeURI(uri.href)),
  decodeURIComponent: (uri) => encodeURI(decodeURIComponent(uri.href)),
  'decoded without query': (uri) => encodeURI(decodeURIComponent(uri.href).replace(/[?#].*/, '')),
  'path, decoded': (uri) => beforePath(uri) + encodeURI(decodeURIComponent(uri.pathname)),
  'path, normalised': (uri) =>
    beforePath(uri) + encodeURI(posix.normalize(decodeURIComponent(uri.pathname || '/'))),
  'without trailing slash': (uri) => uri.href.replace(/\/$/, ''),
  'without trailing dots and blanks': (uri) => encodeURI(decodeURI(uri.href).replace(/[. ]+$/, '')),
  'without port': (uri) => uri.href.replace(/^([^:]*:\/\/[^/:]*):\d+/, '$1'),
  'composed letters': (uri) => encodeURI(decodeURI(uri.href).normalize('NFC')),
  'first parameter named q': (uri) => parameter(uri, uri.searchParams.get('q')),
  'last parameter named q': (uri) => parameter(uri, uri.searchParams.getAll('q').at(-1)),
}

function beforePath({ href, protocol, host }: URL): string {
  return href.startsWith('//', protocol.length) ? `${protocol}//${host}` : protocol
}

function parameter(uri: URL, value: string | null | undefined): string {
  if (typeof value !== 'string') throw new TypeError('there is no such parameter')
  return `${uri.href.replace(/[?#].*/, '')}?q=${encodeURI(value)}`
}

/** Handlers that do not look at the host. */
export const HOSTLESS: typeof HANDLERS = {
  pathname: (uri) => `${uri.protocol}//${uri.pathname}`,
  'pathname, decoded': (uri) => `${uri.protocol}//${encodeURI(decodeURIComponent(uri.pathname))}`,
  'pathname, joined': (uri) =>
    `${uri.protocol}//${encodeURI(posix.join('/', decodeURIComponent(uri.pathname)))}`,
}

/** What a handler reads; `undefined` where it throws. */
export const read = (handler: Handler, uri: URL): string | undefined => {
  try {
    return handler(uri)
  } catch {
    return undefined
  }
}
