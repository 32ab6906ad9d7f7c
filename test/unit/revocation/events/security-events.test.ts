import { beforeEach, describe, expect, it } from 'vitest'
import { createGivenKeySet } from '../../../../src/authorization-server/key-set.ts'
import type { TokenIssuer } from '../../../../src/authorization-server/token-issuer.ts'
import { UnavailableError } from '../../../../src/errors/unavailable-error.ts'
import type { ManagementEvent } from '../../../../src/revocation/events/management-event.ts'
import {
  SecurityEvents,
  type SecurityEventsParts,
} from '../../../../src/revocation/events/security-events.ts'
import { setErrorOf } from '../../../../src/revocation/events/set-error.ts'
import type { RevokedTokens } from '../../../../src/revocation/revocation.ts'
import type { Revocations } from '../../../../src/revocation/revocations.ts'
import { RefusedMessage } from '../../../../src/revocation/signed-message.ts'
import {
  AUDIENCE,
  SESSION_REVOKED,
  STREAM_UPDATED,
  signSet,
  VERIFICATION,
} from '../../../support/security-events.ts'
import { attackerKey, clock, ISSUER, NOW, rsaKey } from '../../../support/tokens.ts'

const STREAM = { format: 'opaque', id: 'stream-1' }
const issuer = {
  issuer: ISSUER,
  algorithms: ['RS256'],
  keys: createGivenKeySet([rsaKey.publicKey as Record<string, unknown>], ['RS256'], ISSUER),
} as unknown as TokenIssuer

/** What was done, in its order. */
let done: string[] = []
let remembered = new Set<string>()
let applied: RevokedTokens[] = []
let heard: ManagementEvent[] = []
beforeEach(() => {
  done = []
  remembered = new Set()
  applied = []
  heard = []
})

const revocations = {
  report: () => {},
  async apply(revoked: readonly RevokedTokens[]) {
    done.push('applied')
    applied.push(...revoked)
  },
} as unknown as Revocations

/** Instances share what is remembered. */
function instance(parts: Partial<SecurityEventsParts> = {}): SecurityEvents {
  return new SecurityEvents({
    server: issuer,
    settings: { onCredentialChange: 'revoke', onTokenClaimsChange: 'revoke' },
    audiences: () => [AUDIENCE],
    revocations,
    replay: {
      remember(id) {
        done.push('remembered')
        const isNew = !remembered.has(id)
        remembered.add(id)
        return isNew
      },
    },
    longestTokenLife: 600,
    clockTolerance: 5,
    clock,
    onManagementEvent: (event) => void heard.push(event),
    ...parts,
  })
}

describe('the receiver of security events, pushed or polled', () => {
  it('SET-1: an event is applied first and remembered afterwards', async () => {
    const set = await signSet()
    const answer = { tokenId: 'set-1', repeated: false, management: [] }
    expect(await instance().accept(set)).toEqual(answer)
    expect(done).toEqual(['applied', 'remembered'])
    expect(applied).toEqual([
      { issuer: ISSUER, kind: 'subject', id: 'alice', issuedUntil: NOW, at: NOW },
    ])
    expect(await instance().accept(set)).toEqual({ ...answer, repeated: true })
  })

  it('PUSH-1 POLL-1: an event that cannot be applied is not acknowledged or remembered; an event that cannot be remembered still counts', async () => {
    const set = await signSet()
    const failing = async () => {
      throw new UnavailableError('shared_store_failed', 'the store is away')
    }
    const away = { ...revocations, apply: failing } as unknown as Revocations
    await expect(instance({ revocations: away }).accept(set)).rejects.toThrow(UnavailableError)
    expect(done).toEqual([])
    const full = { remember: failing }
    expect(await instance({ replay: full }).accept(set)).toMatchObject({ repeated: false })
    expect(done).toEqual(['applied'])
    expect(await instance().accept(set)).toMatchObject({ repeated: false })
  })

  it('SSF-1: the audience of a managed stream is asked for each message, and unknown it is an outage', async () => {
    let audiences: readonly string[] = []
    const events = instance({ audiences: () => audiences })
    const set = await signSet()
    await expect(events.accept(set)).rejects.toMatchObject({ reason: 'security_events_failed' })
    audiences = ['another stream']
    await expect(events.accept(set)).rejects.toThrow(RefusedMessage)
    audiences = ['another stream', AUDIENCE]
    expect(await events.accept(set)).toMatchObject({ repeated: false })
  })

  it('SSF-1: events about the stream are returned, and one instance handles each of them once', async () => {
    const set = await signSet({
      sub_id: STREAM,
      events: {
        [VERIFICATION]: { state: 'state-1' },
        [STREAM_UPDATED]: { status: 'paused', reason: 'no acknowledgement' },
      },
    })
    const management = [
      { kind: 'verification', streamId: 'stream-1', state: 'state-1' },
      {
        kind: 'stream-updated',
        streamId: 'stream-1',
        status: 'paused',
        reason: 'no acknowledgement',
      },
    ]
    expect(await instance().accept(set)).toMatchObject({ repeated: false, management })
    expect(await instance().accept(set)).toMatchObject({ repeated: true, management })
    expect(heard).toEqual(management)
    expect(applied).toEqual([])
  })

  it.each<[object, string]>([
    [{ state: 7, status: 7 }, 'no text'],
    [{}, 'nothing'],
    [{ state: null, status: [], reason: {} }, 'objects'],
  ])('SSF-1: an event about the stream with %j is read without a crash (%s)', async (event) => {
    const set = await signSet({
      sub_id: 'stream-1',
      events: { [VERIFICATION]: event, [STREAM_UPDATED]: event },
    })
    await instance().accept(set)
    expect(heard).toEqual([
      { kind: 'verification', streamId: undefined, state: undefined },
      { kind: 'stream-updated', streamId: undefined, status: 'unknown', reason: undefined },
    ])
  })

  it('SSF-1: the status of a stream may be in an object, as Keycloak sends it', async () => {
    const set = await signSet({
      sub_id: STREAM,
      events: { [STREAM_UPDATED]: { status: { stream_id: 'stream-1', status: 'paused' } } },
    })
    await instance().accept(set)
    expect(heard).toMatchObject([{ kind: 'stream-updated', status: 'paused' }])
  })

  it('SET-1: another issuer may have the same jti', async () => {
    const set = await signSet()
    await instance().accept(set)
    const iss = 'https://sso.example.com/realms/other'
    const theirs = await signSet({ iss })
    const other = instance({ server: { ...issuer, issuer: iss } })
    expect(await other.accept(theirs)).toMatchObject({ repeated: false })
  })

  it('PUSH-1 POLL-1: every fault of a message has its error code', async () => {
    const codeOf = async (set: string) => {
      const error = await instance()
        .accept(set)
        .catch((thrown: unknown) => thrown)
      return error instanceof RefusedMessage ? setErrorOf(error).err : error
    }
    expect(await codeOf('nonsense')).toBe('invalid_request')
    expect(await codeOf(await signSet({ jti: undefined }))).toBe('invalid_request')
    expect(await codeOf(await signSet({}, {}, attackerKey))).toBe('invalid_key')
    expect(await codeOf(await signSet({ iss: 'https://a.example' }))).toBe('invalid_issuer')
    expect(await codeOf(await signSet({ aud: 'a' }))).toBe('invalid_audience')
    expect(done).toEqual([])
  })

  it('SET-1: a message with wrong claims is refused before a key is looked for', async () => {
    let looked = 0
    const keys = {
      find: () => {
        looked += 1
        throw new UnavailableError('discovery_failed', 'must not be asked')
      },
    } as unknown as TokenIssuer['keys']
    const events = instance({ server: { ...issuer, keys } })
    for (const claims of [
      { aud: 'a' },
      { iat: NOW + 60 },
      { jti: '' },
      { events: {} },
      { exp: NOW - 60 },
    ]) {
      await expect(events.accept(await signSet(claims))).rejects.toThrow(RefusedMessage)
    }
    await expect(events.accept(await signSet({}, { typ: 'at+jwt' }))).rejects.toThrow(
      RefusedMessage,
    )
    expect(looked).toBe(0)
    await expect(events.accept(await signSet())).rejects.toThrow(UnavailableError)
    expect(looked).toBe(1)
  })

  it('SET-1: one message revokes at most a bounded number of things', async () => {
    const identifiers = Array.from({ length: 16 }, (_, at) => ({
      format: 'iss_sub',
      iss: ISSUER,
      sub: `user-${at}`,
    }))
    const subject = {
      format: 'complex',
      user: { format: 'aliases', identifiers },
      session: { format: 'aliases', identifiers },
    }
    const types = Array.from({ length: 15 }, (_, at) => [`https://example.com/${at}`, {}])
    const events = { ...Object.fromEntries(types), [SESSION_REVOKED]: { subject } }
    await instance().accept(await signSet({ sub_id: subject, events }))
    expect(applied).toHaveLength(64)
  })
})
