/** What adapters use of a resource server, for tests that stand where an adapter stands. */
import type { HttpAnswer } from '../../src/http/http-answer.ts'
import type { ResourceRequest } from '../../src/http/resource-request.ts'
import { adapterOf, type ResourceServerAdapter } from '../../src/resource-server/adapter.ts'
import type { ResourceServer } from '../../src/resource-server/resource-server.ts'

export const adapterFor = (server: ResourceServer): ResourceServerAdapter =>
  adapterOf('test', server)

/** The answer of an endpoint; `undefined` where the request is for none. */
export async function answerAtEndpoint(
  server: ResourceServer,
  request: ResourceRequest,
): Promise<HttpAnswer | undefined> {
  return adapterFor(server).endpointFor(request.url)?.answer(request)
}
