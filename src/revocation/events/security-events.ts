import type { TokenIssuer } from '../../authorization-server/token-issuer.ts'
import type { CompactJws } from '../../jws/compact-jws.ts'
import { quoted } from '../../quoted.ts'
import type { Clock } from '../../storage/clock.ts'
import { digestOf } from '../../storage/digest.ts'
import type { ReplayStore } from '../../storage/replay-store.ts'
import type { SecurityEventSettings } from '../options-schema.ts'
import type { RevokedTokens } from '../revocation.ts'
import type { Revocations } from '../revocations.ts'
import { checkMessageSignature, readSignedMessage } from '../signed-message.ts'
import { descriptionOf, type ManagementEvent, readManagementEvent } from './management-event.ts'
import { revokedBy } from './revoked-by.ts'
import { checkSecurityEventToken, type SecurityEventToken } from './security-event-token.ts'

/** @internal */
export interface SecurityEventsParts {
  /** The transmitter. Its keys sign the security events. */
  readonly server: TokenIssuer
  readonly settings: Pick<SecurityEventSettings, 'onCredentialChange' | 'onTokenClaimsChange'>
  /** The accepted `aud`. Empty while the stream is not known yet: then every message is a 503. */
  readonly audiences: () => readonly string[]
  readonly revocations: Revocations
  /** Remembers the `jti` of accepted messages. */
  readonly replay: ReplayStore
  /** The longest life of an access token, in seconds. Older events have nothing left to revoke. */
  readonly longestTokenLife: number
  readonly clockTolerance: number
  readonly clock: Clock
  /**
   * Called once for each accepted event about the stream itself, pushed or polled. Without it, operators are
   * told.
   */
  readonly onManagementEvent?: ((event: ManagementEvent) => void) | undefined
}

/** A message that was accepted. @internal */
export interface AcceptedSet {
  readonly tokenId: string
  /** Whether the message was accepted before. */
  readonly repeated: boolean
  /** What the message says about the stream itself. */
  readonly management: readonly ManagementEvent[]
}

/**
 * Accepts the security events of one authorization server, however they arrive: pushed (RFC 8935) or polled
 * (RFC 8936).
 *
 * @internal
 */
export class SecurityEvents {
  readonly #parts: SecurityEventsParts

  constructor(parts: SecurityEventsParts) {
    this.#parts = parts
  }

  get server(): TokenIssuer {
    return this.#parts.server
  }

  /**
   * Verifies a security event token, revokes what it says, and remembers it. When the promise resolves, the
   * message may be acknowledged: it is not lost.
   *
   * @throws {RefusedMessage} if the message is not valid; sending it again does not help
   * @throws {UnavailableError} if keys or store do not answer; the message must be sent again
   */
  async accept(text: string): Promise<AcceptedSet> {
    return this.acceptMessage(readSignedMessage(text, [this]).jws)
  }

  /** Does the same as {@link SecurityEvents.accept} for a message that was parsed already. */
  async acceptMessage(jws: CompactJws): Promise<AcceptedSet> {
    const { server, audiences, clock, clockTolerance, longestTokenLife } = this.#parts
    const now = clock() / 1000
    const set = checkSecurityEventToken(jws, { audiences: audiences(), now, clockTolerance })
    await checkMessageSignature(jws, server)
    const { tokenId } = set
    if (set.issuedAt + longestTokenLife + clockTolerance < now) {
      this.#tell('event_unknown', 'a security event is older than any token, so it has no effect')
      return { tokenId, repeated: false, management: [] }
    }
    const { revoked, management } = this.#effectsOf(set, now)
    // Tokens are revoked before the message is remembered. After a failure in between, the transmitter sends the message again.
    if (revoked.length > 0) await this.#parts.revocations.apply(revoked, 'security_event')
    const repeated = !(await this.#remember(set))
    if (!repeated) for (const event of management) this.#heard(event)
    return { tokenId, repeated, management }
  }

  #effectsOf(
    set: SecurityEventToken,
    now: number,
  ): {
    readonly revoked: readonly RevokedTokens[]
    readonly management: readonly ManagementEvent[]
  } {
    const { server, settings, longestTokenLife, clockTolerance } = this.#parts
    const { issuer } = server
    const rules = { issuer, ...settings, longestTokenLife, latest: now + clockTolerance }
    const management: ManagementEvent[] = []
    const revoked: RevokedTokens[] = []
    for (const [type, event] of set.events) {
      const managed = readManagementEvent(type, event, set.subjectId)
      if (managed !== undefined) {
        management.push(managed)
        continue
      }
      const found = revokedBy(type, event, set, rules)
      if (typeof found === 'string') this.#tell('event_unknown', `${quoted(type)}: ${found}`)
      else revoked.push(...found)
    }
    return { revoked, management }
  }

  #heard(event: ManagementEvent): void {
    const { onManagementEvent } = this.#parts
    if (onManagementEvent === undefined) this.#tell('stream_changed', descriptionOf(event))
    else onManagementEvent(event)
  }

  /**
   * Remembers a message. If that fails, for example because a flood has filled the memory, the message still
   * counts: if it arrives again, it revokes the same tokens again, which changes nothing.
   *
   * @returns whether the message is new
   */
  async #remember({ tokenId, issuedAt }: SecurityEventToken): Promise<boolean> {
    const { server, replay, longestTokenLife, clockTolerance } = this.#parts
    const { issuer } = server
    const id = digestOf(JSON.stringify(['secevent', issuer, tokenId]))
    const until = issuedAt + longestTokenLife + clockTolerance
    try {
      return await replay.remember(id, until * 1000, digestOf(issuer))
    } catch {
      return true
    }
  }

  #tell(kind: 'event_unknown' | 'stream_changed', detail: string): void {
    const { revocations, server } = this.#parts
    revocations.report({ kind, source: 'security_event', issuer: server.issuer, detail })
  }
}
