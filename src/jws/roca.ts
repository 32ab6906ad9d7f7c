/**
 * The primes of the ROCA test. A modulus of the flawed generator is a power of 65537 modulo each of
 * them. For a random modulus the probability of that is below 2⁻²⁷.
 */
const PRIMES = [11, 13, 17, 19, 37, 53, 61, 71, 73, 79, 97, 103, 107, 109, 127, 151, 157] as const

const POWERS = PRIMES.map((prime) => {
  const powers = new Set<number>()
  for (let power = 1; !powers.has(power); power = (power * 65537) % prime) powers.add(power)
  return { prime: BigInt(prime), powers }
})

/**
 * Whether an RSA modulus comes from the key generator of CVE-2017-15361 (ROCA). The private keys of
 * such moduli can be computed.
 *
 * @internal
 */
export function hasRocaFingerprint(modulus: bigint): boolean {
  return POWERS.every(({ prime, powers }) => powers.has(Number(modulus % prime)))
}
