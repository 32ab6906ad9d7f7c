import { AllowedRequest } from '../gate/allowed-request.ts'
import { answered } from '../gate/answered.ts'
import { authenticate } from '../gate/authenticate.ts'
import { type Endpoint, Endpoints } from '../gate/endpoints.ts'
import type { Gate } from '../gate/gate.ts'
import { createGuard } from '../gate/guard.ts'
import { WiredMessageGate } from '../gate/wired-message-gate.ts'
import { assertOptions } from '../options/check-options.ts'
import { authenticateOptionsSchema } from '../options/schemas.ts'
import type { ResourceServerAdapter } from './adapter.ts'

/** Makes the part of a resource server that adapters use. @internal */
export function createAdapter(gate: Gate, endpoints: readonly Endpoint[]): ResourceServerAdapter {
  const byPath = new Endpoints(endpoints)
  return {
    guard(where, options = {}) {
      assertOptions(where, authenticateOptionsSchema, options)
      const guard = createGuard(gate, options)
      return { check: (request) => authenticate(gate, guard, request) }
    },
    endpoints: byPath.all,
    endpointFor: (url) => byPath.find(url),
    tokenText: (decision) => AllowedRequest.tokenTextOf(decision),
    answered: (request, decision, answer) => answered(gate, request, decision, answer),
    messages: new WiredMessageGate(gate),
  }
}
