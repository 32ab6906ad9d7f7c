import { createServer, type RequestListener } from 'node:http'
import express5 from 'express'
import express4 from 'express4'
import {
  type ExpressHandler,
  type ExpressRequest,
  expressGate,
  expressGuard,
} from '../../src/adapters/express.ts'
import { listenOnLoopback } from '../support/loopback.ts'
import { type Adapter, routesOf } from './driver.ts'
import { answerNode } from './node-echo.ts'
import { describeConformance } from './suite.ts'

/** The part of the two that is used here; their types have nothing to do with each other. */
interface Express {
  (): RequestListener & { use(...handlers: readonly unknown[]): unknown }
  json(options: { limit: string }): unknown
  urlencoded(options: { extended: boolean }): unknown
}

describeConformance(
  ...Object.entries({ 'Express 4': express4, 'Express 5': express5 }).map(
    ([name, express]): Adapter => ({
      name,
      canParseFirst: true,
      async listen(resourceServer, echo, { bodyParserFirst }) {
        const { json, urlencoded } = express as unknown as Express
        const app = (express as unknown as Express)()
        const parser = json({ limit: '20mb' })
        const handler: ExpressHandler = async (request, response) => {
          const { auth, body } = request as ExpressRequest & { body?: unknown }
          // Where there is no body, Express 4 says so with an empty object.
          const parsed = Object.keys(body ?? {}).length === 0 ? undefined : body
          await answerNode(echo, request, response, { body: parsed, auth })
        }
        if (bodyParserFirst) app.use(parser, urlencoded({ extended: true }))
        for (const [path, options] of routesOf(resourceServer)) {
          app.use(path, expressGuard(resourceServer, options), parser, handler)
        }
        app.use(expressGate(resourceServer), parser, handler)
        return listenOnLoopback(createServer(app))
      },
    }),
  ),
)
