import { createServer as createHttp1Server } from 'node:http'
import {
  createServer as createHttp2Server,
  type Http2ServerRequest,
  type Http2ServerResponse,
} from 'node:http2'
import { type GuardedListener, nodeGate } from '../../src/adapters/node.ts'
import type { NodeRequest, NodeResponse } from '../../src/adapters/node-request.ts'
import type { ResourceServer } from '../../src/resource-server/resource-server.ts'
import { listenOnLoopback } from '../support/loopback.ts'
import { routesOf, type ServerOptions } from './driver.ts'
import type { Echo } from './echo.ts'
import { answerNode, parsedBodyOf } from './node-echo.ts'
import { describeConformance } from './suite.ts'

function listener<Request extends NodeRequest, Response extends NodeResponse>(
  resourceServer: ResourceServer,
  echo: Echo,
  { bodyParserFirst }: ServerOptions,
): (request: Request, response: Response) => Promise<void> {
  const handler: GuardedListener<Request, Response> = async (request, response, authenticated) => {
    const { auth } = request
    const { parsedBody } = authenticated
    const body = await parsedBodyOf(request)
    await answerNode(echo, request, response, { body, auth, parsedBody })
  }
  const otherwise = nodeGate(resourceServer, handler)
  const routes = new Map(
    routesOf(resourceServer).map(([path, options]) => [
      path,
      nodeGate(resourceServer, handler, options),
    ]),
  )
  return async (request, response) => {
    if (bodyParserFirst) request.body = await parsedBodyOf(request)
    const [path = ''] = request.url?.split('?') ?? []
    try {
      await (routes.get(path) ?? otherwise)(request, response)
    } catch (error) {
      // What goes wrong in the handler is to be seen in the answer, not waited for.
      response.statusCode = 500
      ;(response as NodeJS.WritableStream).end(String(error))
    }
  }
}

describeConformance(
  {
    name: 'node:http',
    canParseFirst: true,
    listen: async (resourceServer, echo, options) =>
      listenOnLoopback(createHttp1Server(listener(resourceServer, echo, options))),
  },
  {
    name: 'node:http2',
    protocol: 'h2',
    canParseFirst: true,
    listen: async (resourceServer, echo, options) =>
      listenOnLoopback(
        createHttp2Server(
          listener<Http2ServerRequest, Http2ServerResponse>(resourceServer, echo, options),
        ),
      ),
  },
)
