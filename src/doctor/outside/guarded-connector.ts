import { type LookupAddress, lookup as lookUp } from 'node:dns'
import { isIP, type LookupFunction } from 'node:net'
import { TLSSocket } from 'node:tls'
// On Bun, `undici` is a built-in replacement without connectors. This path imports the real package.
import { buildConnector } from 'undici/index.js'
import { type AddressZone, farthestOf, mayReach, type ZoneOf } from './address-zone.ts'

/** The error of a connection that was not opened, because of where the address is. @internal */
export class OutOfReach extends Error {
  readonly code = 'OUT_OF_REACH'
  readonly zone: AddressZone

  constructor(zone: AddressZone) {
    super(`the address is ${zone}`)
    this.zone = zone
  }
}

/** @internal */
export interface ConnectorOptions {
  /** The host that the doctor was told to examine. It may be anywhere. */
  readonly ownHost: string
  readonly zoneOf: ZoneOf
  /** How long opening a connection may take, in milliseconds. */
  readonly timeout: number
  /** Called with each TLS connection. */
  readonly onSecure: (origin: string, validTo: Date) => void
}

/**
 * Makes the function that opens connections. The addresses of a name are judged when the connection is
 * opened, so a name that changes its addresses in between is of no use.
 *
 * @internal
 */
export function guardedConnector(options: ConnectorOptions): buildConnector.connector {
  const { ownHost, zoneOf, timeout, onSecure } = options
  // Looked up once, so that the host cannot move while it is examined.
  let own: Promise<readonly LookupAddress[]> | undefined
  const ownAddresses = (): Promise<readonly LookupAddress[]> => {
    own ??= addressesOf(ownHost)
    return own
  }
  const zone = (): Promise<AddressZone> =>
    ownAddresses().then(
      (found) => farthestOf(found.map(({ address }) => zoneOf(address))),
      () => 'public',
    )
  const permitted = async (host: string, found: readonly LookupAddress[]) => {
    const from = await zone()
    // The user has named the host. But one that is on the internet too must not use its other addresses to
    // send the doctor to the ports of this machine.
    const reached = found.filter(({ address }) =>
      host === ownHost ? zoneOf(address) === from : mayReach(from, zoneOf(address)),
    )
    const [refused] = found
    if (reached.length > 0 || refused === undefined) return reached
    throw new OutOfReach(zoneOf(refused.address))
  }
  const guardedLookup: LookupFunction = (hostname, { all }, callback) => {
    const addresses = hostname === ownHost ? ownAddresses() : addressesOf(hostname)
    addresses
      .then((found) => permitted(hostname, found))
      .then(
        (found) => {
          const [first] = found
          if (all === true) callback(null, [...found])
          else callback(null, first?.address ?? '', first?.family)
        },
        (error: NodeJS.ErrnoException) => callback(error, ''),
      )
  }
  const connect = buildConnector({
    timeout,
    allowH2: false,
    lookup: guardedLookup,
  } as buildConnector.BuildOptions)
  return (target, callback) => {
    const host = bare(target.hostname)
    // Nothing looks up an address that is written as such.
    const checked = isIP(host)
      ? permitted(host, [{ address: host, family: isIP(host) }])
      : undefined
    const open = (): void =>
      connect(
        // The name in the certificate is the host's, whatever the field `Host` of the request says.
        { ...target, servername: isIP(host) ? '' : host },
        (...result) => {
          const [, socket] = result
          if (socket instanceof TLSSocket) {
            const { valid_to: validTo } = socket.getPeerCertificate()
            if (validTo) onSecure(`https://${target.host ?? target.hostname}`, new Date(validTo))
          }
          callback(...result)
        },
      )
    if (checked === undefined) open()
    else checked.then(open, (error: Error) => callback(error, null))
  }
}

/** All addresses of a host. An address that is written as such is its own. */
function addressesOf(host: string): Promise<readonly LookupAddress[]> {
  return new Promise((resolve, reject) => {
    lookUp(host, { all: true }, (error, found) => (error ? reject(error) : resolve(found)))
  })
}

/** A host of a URL without the brackets of IPv6. @internal */
export function bare(hostname: string): string {
  return hostname.replace(/^\[|\]$/g, '')
}
