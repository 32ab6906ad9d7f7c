import type { ConfiguredIssuer } from '../authorization-server/configured-issuer.ts'
import type { Revocations } from '../revocation/revocations.ts'
import type { Clock } from '../storage/clock.ts'
import type { AuthorizationServerSettings } from './authorization-server-options.ts'
import type { ResourceServerSettings } from './options-schema.ts'
import type { ShareReplays } from './replay-sharing.ts'

/** What the sources of revocations are made from. @internal */
export interface RevocationSourceParts {
  /** The function whose options these are, for messages. */
  readonly where: string
  readonly settings: ResourceServerSettings
  readonly issuers: readonly ConfiguredIssuer<AuthorizationServerSettings>[]
  readonly revocations: Revocations
  readonly shareReplays: ShareReplays
  readonly clock: Clock
}
