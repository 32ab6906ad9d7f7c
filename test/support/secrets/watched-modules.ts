/** Puts the secret watch into the modules of `src/` and `dist/` through which something leaves the library. */

/** A function or class that is watched, and in which way. */
interface Watched {
  readonly module: string
  readonly name: string
  readonly as:
    | 'maker'
    | 'inspected'
    | 'function'
    | 'class'
    | 'presented'
    | 'store'
    | 'printer'
    | 'calls'
}

/**
 * - `maker`: the options are read for secrets; what it makes can be inspected, and its methods are watched.
 * - `inspected`: as `maker`, without its methods. A verifier whose `verify` was replaced would count as somebody else's.
 * - `function`, `class`: results and errors are searched.
 * - `presented`: a class whose methods get tokens. The tokens are registered.
 * - `store`: arguments are searched.
 * - `printer`: what it prints is searched.
 * - `calls`: makes the client of calls to authorization servers.
 */
const WATCHED: readonly Watched[] = [
  { module: 'resource-server/resource-server', name: 'createResourceServer', as: 'maker' },
  { module: 'resource-server/gated-resource', name: 'GatedResource', as: 'class' },
  { module: 'resource-server/create-adapter', name: 'createAdapter', as: 'maker' },
  { module: 'token-exchange/token-exchanger', name: 'createTokenExchanger', as: 'maker' },
  { module: 'verification/jwt-verifier', name: 'createJwtVerifier', as: 'inspected' },
  { module: 'verification/hybrid-verifier', name: 'createHybridVerifier', as: 'inspected' },
  {
    module: 'verification/introspection-verifier',
    name: 'createIntrospectionVerifier',
    as: 'inspected',
  },
  { module: 'verification/jwt-verification', name: 'JwtVerification', as: 'presented' },
  { module: 'verification/hybrid-verification', name: 'HybridVerification', as: 'presented' },
  {
    module: 'verification/introspection-verification',
    name: 'IntrospectionVerification',
    as: 'presented',
  },
  { module: 'verification/cached-verification', name: 'CachedVerification', as: 'presented' },
  { module: 'verification/cached-verifier', name: 'createCachedVerifier', as: 'inspected' },
  { module: 'explain/explain-token', name: 'explainToken', as: 'function' },
  { module: 'doctor/report', name: 'createReport', as: 'function' },
  { module: 'opentelemetry/create-instrumentation', name: 'createInstrumentation', as: 'maker' },
  { module: 'mcp/policy/policy', name: 'createPolicy', as: 'maker' },
  { module: 'storage/redis/redis-store', name: 'RedisStore', as: 'store' },
  { module: 'storage/memory-replay-store', name: 'MemoryReplayStore', as: 'store' },
  { module: 'memory-shared-store', name: 'StoreConnection', as: 'store' },
  { module: 'storage/redis/create-redis-store', name: 'createRedisStore', as: 'maker' },
  { module: 'mcp/memory-session-store', name: 'MemorySessionStore', as: 'store' },
  { module: 'authorization-server/http/http-client', name: 'createHttpClient', as: 'calls' },
  { module: 'cli/command-line', name: 'runCommandLine', as: 'printer' },
]

const WRAP = "globalThis[Symbol.for('mcp-resource-server/test/secret-wrap')]"

/** A plugin of Vite. Without the setup file of this folder its calls do nothing. */
export function watchSecrets() {
  return {
    name: 'watch-secrets',
    enforce: 'pre' as const,
    transform(code: string, id: string) {
      const watched = WATCHED.find(({ module }) =>
        new RegExp(`/(?:src|dist|test/support)/${module}\\.[jt]s$`).test(id),
      )
      if (watched === undefined) return undefined
      const { name, as } = watched
      if (as === 'class' || as === 'presented' || as === 'store') {
        return { code: `${code}\n;${WRAP}?.('${as}', '${name}', ${name})`, map: null }
      }
      const exported = new RegExp(`export ((?:async )?)function ${name}\\b`)
      if (!exported.test(code)) throw new Error(`${id} does not export the function ${name}`)
      const plain = code.replace(exported, `$1function ${name}`)
      return {
        code: `${plain}\n;const watched$ = ${WRAP}?.('${as}', '${name}', ${name}) ?? ${name}\nexport { watched$ as ${name} }`,
        map: null,
      }
    },
  }
}
