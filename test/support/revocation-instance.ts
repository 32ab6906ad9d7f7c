import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { onTestFinished } from 'vitest'
import { Revocations, type RevocationsOptions } from '../../src/revocation/revocations.ts'
import { REVOCATION_CHANNEL, type RevocationEvent } from '../../src/telemetry/events.ts'
import type { VerifiedToken } from '../../src/token/verified-token.ts'
import { clock, ISSUER, NOW, RESOURCE } from './tokens.ts'

/** The revocations of one instance, without a resource server. */
export function revocationsOf(
  store: RevocationsOptions['store'],
  {
    settings,
    ...options
  }: Partial<Omit<RevocationsOptions, 'settings'>> & {
    readonly settings?: Partial<RevocationsOptions['settings']>
  } = {},
): Revocations {
  return new Revocations({
    resource: RESOURCE,
    settings: { longestTokenLife: 3600, maxRevocations: 1000, ...settings },
    issuers: [ISSUER],
    store,
    onOutage: 'refuse',
    clockTolerance: 0,
    introspectionMaxAge: 30,
    clock,
    ...options,
  } as RevocationsOptions)
}

/** A token of a session, as far as revocations look at it. */
export const tokenOf = (sid: string, issuedAt: number = NOW - 60): VerifiedToken =>
  ({ issuer: ISSUER, subject: 'alice', issuedAt, claims: { sid } }) as unknown as VerifiedToken

/** What a check says: `allowed`, or the reason for which the token is refused. */
export async function verdict(revocations: Revocations, token: VerifiedToken): Promise<string> {
  try {
    await revocations.check(token)
    return 'allowed'
  } catch (error) {
    return (error as { reason: string }).reason
  }
}

/** The events of revocations, until the test ends. */
export function revocationEvents(): RevocationEvent[] {
  const events: RevocationEvent[] = []
  const listen = (event: unknown) => void events.push(event as RevocationEvent)
  subscribe(REVOCATION_CHANNEL, listen)
  onTestFinished(() => void unsubscribe(REVOCATION_CHANNEL, listen))
  return events
}
