import { BlockList, isIP } from 'node:net'

/**
 * Where an address is. `public`: on the internet. `private`: in a network of its own. `loopback`: on this
 * machine. `reserved`: link-local, multicast and other ranges, for example the metadata services of clouds.
 *
 * @internal
 */
export type AddressZone = 'public' | 'private' | 'loopback' | 'reserved'

/** Tells the zone of an IP address. @internal */
export type ZoneOf = (address: string) => AddressZone

/** The ranges that are not on the internet (the IANA registries of special-purpose addresses, RFC 6890). */
const RANGES: readonly (readonly [AddressZone, readonly string[]])[] = [
  ['loopback', ['127.0.0.0/8', '::1/128']],
  [
    'private',
    ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', '100.64.0.0/10', 'fc00::/7', 'fec0::/10'],
  ],
  [
    'reserved',
    [
      '0.0.0.0/8',
      '169.254.0.0/16',
      '192.0.0.0/24',
      '192.0.2.0/24',
      '192.88.99.0/24',
      '198.18.0.0/15',
      '198.51.100.0/24',
      '203.0.113.0/24',
      '224.0.0.0/4',
      '240.0.0.0/4',
      // The internet has 2000::/3 only. Other addresses may contain an IPv4 address of the above.
      '::/3',
      '4000::/2',
      '8000::/1',
      '2001::/23',
      '2001:db8::/32',
      '2002::/16',
      '3fff::/20',
    ],
  ],
]

/** The ranges of one family. A list with both would find each IPv4 address in `::/3`. */
const listsOf = (family: 'ipv4' | 'ipv6') =>
  RANGES.map(([zone, ranges]) => {
    const list = new BlockList()
    for (const range of ranges) {
      const [address = '', bits] = range.split('/')
      if (address.includes(':') === (family === 'ipv6')) {
        list.addSubnet(address, Number(bits), family)
      }
    }
    return { zone, list }
  })

const LISTS = { ipv4: listsOf('ipv4'), ipv6: listsOf('ipv6') }

/** An IPv4 address that is written as IPv6 (RFC 4291 §2.5.5.2). */
const MAPPED = new BlockList()
MAPPED.addSubnet('::ffff:0:0', 96, 'ipv6')

/** Tells the zone of an IP address. What is no IP address counts as reserved. @internal */
export function zoneOf(address: string): AddressZone {
  const family = isIP(address)
  if (family === 0) return 'reserved'
  const type = family === 6 ? 'ipv6' : 'ipv4'
  // The lists of IPv4 know these addresses too.
  const lists = type === 'ipv6' && !MAPPED.check(address, type) ? LISTS.ipv6 : LISTS.ipv4
  return lists.find(({ list }) => list.check(address, type))?.zone ?? 'public'
}

const NEARNESS: Readonly<Record<AddressZone, number>> = {
  public: 0,
  private: 1,
  loopback: 2,
  reserved: 3,
}

/** The zone of a host with several addresses: the one from which least can be reached. @internal */
export function farthestOf(zones: readonly AddressZone[]): AddressZone {
  return zones.reduce((far, zone) => (NEARNESS[zone] < NEARNESS[far] ? zone : far), 'reserved')
}

/**
 * Whether the documents of a server in one zone may send the doctor to an address in another. A server on
 * the internet must not send it into the network, or to the machine, of whoever runs it. Nobody sends it to
 * a reserved address.
 *
 * @internal
 */
export function mayReach(from: AddressZone, to: AddressZone): boolean {
  return to !== 'reserved' && NEARNESS[to] <= NEARNESS[from]
}
