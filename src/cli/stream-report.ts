import { printable } from '../quoted.ts'

import {
  DELIVERY_METHODS,
  type StreamConfiguration,
} from '../revocation/stream/stream-configuration.ts'

/** A text of the transmitter, cut, and safe for a terminal. @internal */
export function safeText(text: string): string {
  return printable(text.slice(0, 500))
}

/** Describes a stream. Its header `Authorization` is not shown. @internal */
export function describeStream(stream: StreamConfiguration, status: string | undefined): string {
  const { method, url = 'nowhere' } = stream
  const way = method === DELIVERY_METHODS.push ? 'push to' : 'poll at'
  const known = Object.values<string | undefined>(DELIVERY_METHODS).includes(method)
  const rows = [
    ['stream', stream.id],
    ['status', status ?? 'not told by the transmitter'],
    ['audience', stream.audiences.join(', ')],
    ['delivery', known ? `${way} ${url}` : (method ?? 'none')],
    ['header', stream.authorization === undefined ? 'not shown by the transmitter' : 'set'],
    ['requested', stream.eventsRequested.join('\n             ') || 'nothing'],
    ['delivered', stream.eventsDelivered?.join('\n             ') ?? 'not told by the transmitter'],
    ['description', stream.description ?? 'none'],
  ]
  const shown = rows.filter(([name]) => name !== 'header' || method === DELIVERY_METHODS.push)
  return shown
    .map(([name = '', value = '']) => {
      const lines = value.split('\n').map(safeText)
      return `${name.padEnd(13)}${lines.join('\n')}\n`
    })
    .join('')
}

/** The options of `createResourceServer` for a stream that was set up by hand. Secrets are placeholders. @internal */
export function optionsFor(stream: StreamConfiguration, clientId: string): string {
  const audience = stream.audiences.length === 1 ? stream.audiences[0] : stream.audiences
  const members =
    stream.method === DELIVERY_METHODS.poll
      ? [
          `  delivery: 'poll',`,
          `  audience: ${literal(audience)},`,
          `  pollEndpoint: ${literal(stream.url)},`,
          `  client: { clientId: ${literal(clientId)}, clientSecret: process.env.MCP_CLIENT_SECRET ?? '' },`,
        ]
      : [
          `  audience: ${literal(audience)},`,
          `  authorization: process.env.SECURITY_EVENTS_AUTHORIZATION ?? '',`,
          ...(stream.url === undefined ? [] : [`  path: ${literal(pathOf(stream.url))},`]),
        ]
  return `securityEvents: {\n${members.join('\n')}\n}\n`
}

function literal(value: unknown): string {
  return typeof value === 'string'
    ? `'${safeText(value).replace(/[\\']/g, '\\$&')}'`
    : safeText(JSON.stringify(value))
}

function pathOf(url: string): string {
  return URL.canParse(url) ? new URL(url).pathname : url
}
