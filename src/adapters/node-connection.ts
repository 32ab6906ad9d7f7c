import type { RequestConnection } from '../http/resource-request.ts'

/** The parts of a socket that this file uses. The test requests of some frameworks lack all of them. */
interface Socket {
  readonly remoteAddress?: unknown
  readonly getPeerX509Certificate?: () => { readonly raw: Uint8Array } | undefined
}

/**
 * The connection of a request of a Node server. It reads the socket only when asked, because most
 * requests need neither the address nor the certificate.
 *
 * @internal
 */
export class NodeConnection implements RequestConnection {
  readonly #request: { readonly socket?: unknown }

  constructor(request: { readonly socket?: unknown }) {
    this.#request = request
  }

  get remoteAddress(): string | undefined {
    const address = this.#socket?.remoteAddress
    return typeof address === 'string' ? address : undefined
  }

  clientCertificate(): Uint8Array | undefined {
    const socket = this.#socket
    return typeof socket?.getPeerX509Certificate === 'function'
      ? socket.getPeerX509Certificate()?.raw
      : undefined
  }

  /** The socket. HTTP/2 throws when it is asked for the socket of a closed session. */
  get #socket(): Socket | undefined {
    return this.#request.socket as Socket | undefined
  }
}
