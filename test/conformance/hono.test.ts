import type { IncomingMessage, Server } from 'node:http'
import { createAdaptorServer } from '@hono/node-server'
import { type Context, Hono } from 'hono'
import { honoGate, honoGuard, type ResourceServerEnv } from '../../src/adapters/hono.ts'
import type { ResourceServer } from '../../src/resource-server/resource-server.ts'
import { listenOnLoopback } from '../support/loopback.ts'
import { type Adapter, routesOf, type ServerOptions } from './driver.ts'
import type { Echo } from './echo.ts'
import { findHeader } from './node-echo.ts'
import { describeConformance } from './suite.ts'
import { answerWeb } from './web-echo.ts'

function makeApp(resourceServer: ResourceServer, echo: Echo, { bodyParserFirst }: ServerOptions) {
  const app = new Hono<ResourceServerEnv>()
  const handler = (c: Context<ResourceServerEnv>) =>
    answerWeb(
      echo,
      c.req.raw,
      c.var,
      async () => {
        const text = await c.req.text()
        return text === '' ? undefined : JSON.parse(text)
      },
      // Where `@hono/node-server` keeps the request of Node's.
      (name) => findHeader((c.env as unknown as { incoming: IncomingMessage }).incoming, name),
    )
  if (bodyParserFirst) {
    app.use(async (c, next) => {
      // As `hono/validator` does.
      if (c.req.header('content-type')?.includes('form')) await c.req.parseBody()
      else await c.req.text()
      await next()
    })
  }
  for (const [path, options] of routesOf(resourceServer)) {
    app.all(path, honoGuard(resourceServer, options), handler)
  }
  app.use(honoGate(resourceServer))
  app.all('*', handler)
  return app
}

describeConformance(
  ...[true, false].map(
    (overrideGlobalObjects): Adapter => ({
      name: overrideGlobalObjects ? 'Hono' : 'Hono, global objects left alone',
      canParseFirst: true,
      async listen(resourceServer, echo, options) {
        const { fetch } = makeApp(resourceServer, echo, options)
        return listenOnLoopback(createAdaptorServer({ fetch, overrideGlobalObjects }) as Server)
      },
    }),
  ),
)
