import { AllowedRequest } from '../gate/allowed-request.ts'
import { answered } from '../gate/answered.ts'
import { authenticate } from '../gate/authenticate.ts'
import { Endpoints } from '../gate/endpoints.ts'
import type { Gate } from '../gate/gate.ts'
import { createGuard } from '../gate/guard.ts'
import { guardSchema } from '../gate/options.ts'
import { WiredMessageGate } from '../gate/wired-message-gate.ts'
import type { Endpoint } from '../http/endpoint.ts'
import { readOptions } from '../options/read-options.ts'
import type { ResourceServerAdapter } from './adapter.ts'

/** Makes the part of a resource server that only adapters use. @internal */
export function createAdapter(gate: Gate, endpoints: readonly Endpoint[]): ResourceServerAdapter {
  const byPath = new Endpoints(endpoints)
  return {
    guard(where, options = {}) {
      const guard = createGuard(where, gate, readOptions(where, guardSchema, options))
      return {
        check: async (request) => authenticate(gate, guard, request),
        decide: (request) => authenticate(gate, guard, request),
      }
    },
    endpoints: byPath.all,
    endpointFor: (url) => byPath.find(url),
    tokenText: (decision) => AllowedRequest.tokenTextOf(decision),
    answered: (request, decision, answer) => answered(gate, request, decision, answer),
    watch: ({ token }, end) => gate.revocations.watch(token, end),
    messages: new WiredMessageGate(gate),
  }
}
