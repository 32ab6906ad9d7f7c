import type { HttpClient } from '../authorization-server/http/http-client.ts'
import { authenticate } from '../gate/authenticate.ts'
import { authenticateToken, type VerifyContext } from '../gate/authenticate-token.ts'
import type { Decision } from '../gate/decision.ts'
import { type ExplainedUse, explainDecision } from '../gate/explain-decision.ts'
import type { Gate } from '../gate/gate.ts'
import { createGuardForRequest, type Guard } from '../gate/guard.ts'
import type { GuardOptions } from '../gate/options.ts'
import type { ResourceRequest } from '../http/resource-request.ts'
import type { Policy } from '../mcp/policy/compiled-policy.ts'
import type { ProtectedResourceMetadata } from '../metadata/protected-resource-metadata.ts'
import type { Revocation } from '../revocation/revocation.ts'
import type { RuleResult } from '../token/explanation.ts'
import type { VerifiedToken } from '../token/verified-token.ts'
import type { ResourceServerAdapter } from './adapter.ts'
import { ADAPTER } from './adapter-key.ts'
import { EXPLAIN, type Explaining } from './explain-key.ts'
import type { ResourceServer } from './interface.ts'
import type { Documents } from './metadata-documents.ts'

/** What {@link GatedResource} needs. @internal */
export interface GatedResourceParts {
  readonly gate: Gate
  /** The guard for calls of `authenticate` and `verify` without options of their own. */
  readonly guard: Guard
  readonly adapter: ResourceServerAdapter
  readonly documents: Documents
  /** The HTTP client for all authorization servers. */
  readonly http: HttpClient
  /** Each calls the option `inspect` of one authorization server. */
  readonly inspections: readonly (() => Promise<void>)[]
}

/** The resource server that `createResourceServer` returns. @internal */
export class GatedResource implements ResourceServer, Explaining {
  readonly resource: string
  readonly metadataUrl: string
  readonly metadata: ProtectedResourceMetadata
  readonly policy: Policy | undefined
  readonly #parts: GatedResourceParts

  constructor(parts: GatedResourceParts) {
    const { gate, documents } = parts
    this.resource = gate.resource
    this.metadataUrl = gate.metadataUrl
    this.metadata = documents.metadata
    this.policy = gate.policy
    this.#parts = parts
  }

  /**
   * Read by `adapterOf`. It is not part of the interface {@link ResourceServer}, and it is not
   * enumerable.
   */
  get [ADAPTER](): ResourceServerAdapter {
    return this.#parts.adapter
  }

  /** Called by `explainToken`. It is not part of the interface {@link ResourceServer}. */
  [EXPLAIN](token: string, use: ExplainedUse): Promise<readonly RuleResult[]> {
    const { gate, guard } = this.#parts
    return explainDecision(gate, guard, token, use)
  }

  async authenticate(request: ResourceRequest, options?: GuardOptions): Promise<Decision> {
    const { gate, guard } = this.#parts
    const chosen =
      options === undefined ? guard : createGuardForRequest('authenticate', gate, options)
    return authenticate(gate, chosen, request)
  }

  verify(token: string, context?: VerifyContext): Promise<VerifiedToken> {
    const { gate, guard } = this.#parts
    return authenticateToken(gate, guard, token, context)
  }

  revoke(revocation: Revocation): Promise<void> {
    return this.#parts.gate.revocations.revoke(revocation)
  }

  async ready(): Promise<void> {
    const { documents, gate, inspections } = this.#parts
    await documents.signed?.document()
    await gate.revocations.ready()
    await gate.verification.ready?.()
    await Promise.all(inspections.map((inspect) => inspect()))
  }

  async close(): Promise<void> {
    const { gate, http } = this.#parts
    gate.revocations.close()
    await gate.verification.close?.()
    await http.close()
  }
}
