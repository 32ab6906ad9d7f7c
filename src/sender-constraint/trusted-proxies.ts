import { BlockList, isIP } from 'node:net'

/** An IP address, or a range of addresses. */
interface Network {
  readonly address: string
  readonly family: 'ipv4' | 'ipv6'
  /** The length of the prefix; `undefined` for a single address. */
  readonly prefix: number | undefined
}

const PREFIX = /^[1-9]\d{0,2}$/

/**
 * Reads an IP address or a CIDR range. A prefix of length 0 is refused, because it would trust every address.
 *
 * @returns `undefined` if the text is neither
 * @internal
 */
export function readNetwork(text: string): Network | undefined {
  const [address = '', length, more] = text.split('/')
  // The zone of a link-local address (`%eth0`) is a name on one machine, so a list cannot have it.
  const version = address.includes('%') ? 0 : isIP(address)
  if (version === 0 || more !== undefined) return undefined
  const family = version === 4 ? 'ipv4' : 'ipv6'
  if (length === undefined) return { address, family, prefix: undefined }
  const prefix = Number(length)
  if (!PREFIX.test(length) || prefix > (version === 4 ? 32 : 128)) return undefined
  return { address, family, prefix }
}

/** The addresses of the proxies whose headers are trusted. @internal */
export class TrustedProxies {
  readonly #list = new BlockList()

  /** @param entries IP addresses and CIDR ranges that {@link readNetwork} can read */
  constructor(entries: readonly string[]) {
    for (const entry of entries) {
      const network = readNetwork(entry)
      if (network === undefined) continue
      const { address, family, prefix } = network
      if (prefix === undefined) this.#list.addAddress(address, family)
      else this.#list.addSubnet(address, prefix, family)
    }
  }

  /**
   * Whether an address is on the list. An IPv4 address that a dual-stack socket reports as IPv6
   * (`::ffff:10.0.0.1`) is the same address.
   */
  has(remoteAddress: string): boolean {
    const [address = ''] = remoteAddress.split('%', 1)
    const version = isIP(address)
    return version !== 0 && this.#list.check(address, version === 4 ? 'ipv4' : 'ipv6')
  }
}
