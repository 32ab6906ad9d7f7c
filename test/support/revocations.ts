import { Revocations, type RevocationsOptions } from '../../src/revocation/revocations.ts'
import { clock, ISSUER, RESOURCE } from './tokens.ts'

/** Revocations of one issuer, in this process alone, with the time held. */
export function testRevocations({
  settings,
  ...options
}: Partial<Omit<RevocationsOptions, 'settings'>> & {
  settings?: Partial<RevocationsOptions['settings']>
} = {}): Revocations {
  return new Revocations({
    resource: RESOURCE,
    settings: { check: undefined, longestTokenLife: 86_400, maxRevocations: 1000, ...settings },
    issuers: [ISSUER],
    store: undefined,
    onOutage: 'refuse',
    clockTolerance: 5,
    clock,
    ...options,
  })
}
