/**
 * Holds the rules for resources against the dispatch of both MCP SDKs:
 * `npm run differential -- 1000000 1`, with the number of URIs and a seed. A third argument names
 * another module with `createPolicy`.
 */
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { createPolicy } from '../src/mcp/policy/policy.ts'
import { differential } from '../test/support/differential/differential.ts'

const [count = '100000', seed = '1', other] = process.argv.slice(2)
const module: { createPolicy: typeof createPolicy } =
  other === undefined
    ? { createPolicy: createPolicy }
    : await import(pathToFileURL(resolve(other)).href)
const { leaks, ...counts } = await differential(Number(count), Number(seed), module.createPolicy)
console.log({ ...counts, leaks: leaks.length })
for (const leak of leaks.slice(0, 20)) console.log(leak)
if (leaks.length > 0) process.exitCode = 1
