import type { Server } from 'node:http'
import { createAdaptorServer } from '@hono/node-server'
import { fetchGate, type GuardedHandler } from '../../src/adapters/fetch.ts'
import { listenOnLoopback } from '../support/loopback.ts'
import { routesOf } from './driver.ts'
import { describeConformance } from './suite.ts'
import { answerWeb } from './web-echo.ts'

describeConformance({
  name: 'fetch',
  canParseFirst: false,
  async listen(resourceServer, echo) {
    const handler: GuardedHandler = (request, authenticated) =>
      answerWeb(echo, request, authenticated)
    const otherwise = fetchGate(resourceServer, handler)
    const routes = new Map(
      routesOf(resourceServer).map(([path, options]) => [
        path,
        fetchGate(resourceServer, handler, options),
      ]),
    )
    const server = createAdaptorServer({
      fetch: (request) => (routes.get(new URL(request.url).pathname) ?? otherwise)(request),
    })
    return listenOnLoopback(server as Server)
  },
})
