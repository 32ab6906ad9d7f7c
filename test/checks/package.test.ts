import { execFileSync, spawnSync } from 'node:child_process'
import {
  cpSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { describe, expect, it } from 'vitest'
import { words } from '../support/words.ts'
import { importOverBudget, type PackedPackage, packageOverBudget } from './budget.ts'

/**
 * The public face: what each subpath gives, and which packages its import loads. A change here is a
 * change for users, so it wants a line in the changelog.
 */
interface Face {
  readonly values: readonly string[]
  readonly types: readonly string[]
  readonly loads: readonly string[]
}

/** msw, and what it is made of. */
const MSW_PACKAGES = words`
  @msw/url @mswjs/interceptors cookie debug has-flag is-node-process ms msw outvariant rettime supports-color
  tldts tough-cookie`

const FACES: Readonly<Record<string, Face>> = {
  '.': {
    values: words`
      ChallengeError TokenExchangeError UnavailableError challenge createCachedVerifier
      createHybridVerifier createIntrospectionVerifier createJwtVerifier createPolicy
      createResourceServer createTokenExchanger createVerifiedToken parseAuthorization
      principalOf protectedResourceMetadata rfc9068Profile wellKnownUrl`,
    types: words`
      AllOrAny Allowed AnswerHeaders AudienceSubstitute AuthenticatedRequest AuthenticationScheme AuthorizationServerOptions BackchannelLogoutOptions BodyReader
      CacheOptions CachedVerifierOptions ChallengeErrorCode ChallengeParameters ChallengeReason
      Challenged Claims ClientAssertionOptions ClientAuthentication ClientAuthenticationMethod
      ClientCertificate ClientCertificateFormat ClientCertificateHeader ClientOptions Clock CommonOptions Confirmation Credentials Decision
      DpopMode DpopNonceMode DpopNonceOptions DpopOptions ExchangeRefusal ExchangeTarget
      ExchangedToken
      GuardOptions HeaderLookup HttpOptions HybridVerifierOptions InspectedServer IntrospectionOptions
      IntrospectionVerifierOptions JsonRpcError JsonRpcErrorBody JwtOptions JwtVerifierOptions
      KeySetOptions LogEntry NearMiss NotBeforeOptions OAuthErrorBody Operation OwnSigner Policy PolicyCall PolicyDecision PolicyOptions
      PolicyRequirement PolicyRule PolicyRules PossessionProof Preflight ProfileHints
      ProtectedResourceMetadata PushedMessage RefusalReason Refused ReplayStore RequestConnection ResourceDescription ResourceRequest
      ResourceServer ResourceServerOptions Revocation RevocationOptions RevocationPush RevocationSourceOptions Rfc9068Profile
      ScopeHierarchy SecurityEventOptions SessionOptions SharedLog SharedStore SharedStoreOptions SignatureAlgorithm
      SignedAnswerMode SignedMetadataOptions SigningKey SingleIssuerOptions
      SubjectToken TokenAnswer TokenExchangeReason TokenExchanger TokenExchangerOptions
      TokenInfoOptions TokenProfile TokenVerifier TypeEvidence Unavailable UnavailableReason VerificationContext
      VerifiedToken VerifiedTokenFields VerifyContext`,
    // No framework and no MCP SDK.
    loads: ['jose', 'lru-cache', 'undici', 'zod'],
  },
  './verifiers': {
    values: words`
      createCachedVerifier createHybridVerifier createIntrospectionVerifier createJwtVerifier
      createVerifiedToken`,
    types: words`
      CachedVerifierOptions HybridVerifierOptions IntrospectionVerifierOptions
      JwtVerifierOptions SingleIssuerOptions TokenVerifier VerificationContext
      VerifiedTokenFields`,
    loads: ['jose', 'lru-cache', 'undici', 'zod'],
  },
  './token-exchange': {
    values: words`TokenExchangeError createTokenExchanger`,
    types: words`
      ExchangeTarget ExchangedToken SubjectToken TokenExchangeReason TokenExchanger
      TokenExchangerOptions`,
    // jose signs the assertion of this server's client.
    loads: ['jose', 'lru-cache', 'undici', 'zod'],
  },
  './challenge': { values: words`challenge`, types: words`ChallengeParameters`, loads: [] },
  './metadata': {
    values: words`protectedResourceMetadata wellKnownUrl`,
    types: words`ProtectedResourceMetadata ResourceDescription`,
    loads: [],
  },
  './policy': {
    values: words`createPolicy`,
    types: words`
      AllOrAny Operation Policy PolicyCall PolicyDecision PolicyOptions PolicyRequirement
      PolicyRule PolicyRules ScopeHierarchy`,
    loads: ['zod'],
  },
  './telemetry': {
    values: words`
      CLIENT_LOOPING_CHANNEL DECISION_CHANNEL LIST_CHANNEL OPERATION_TRACE OUTBOUND_CHANNEL OUTBOUND_TRACE REQUEST_TRACE
      REVOCATION_CHANNEL
      VERIFICATION_TRACE`,
    types: words`
      ClientLoopingEvent DecisionEvent HiddenItem ListEvent OperationEnd OperationTrace OutboundEvent OutboundTrace
      RequestTrace RevocationEvent TracedCall
      VerificationTrace`,
    loads: [],
  },
  './opentelemetry': {
    values: words`createInstrumentation`,
    types: words`Instrumentation InstrumentationOptions`,
    loads: ['@opentelemetry/api', 'lru-cache', 'zod'],
  },
  './adapter': {
    values: words`adapterOf`,
    types: words`
      ConnectionMemory DeliveredMessage Endpoint HandlerAnswer HttpAnswer MaybePromise
      MessageGate MessageOrigin MessageRefusal RegisteredTable ResourceServerAdapter RouteGuard SessionOpening
      TokenFacts`,
    loads: [],
  },
  './express': {
    values: words`expressEndpoints expressGate expressGuard verifiedToken`,
    types: words`AuthInfo ExpressHandler ExpressRequest`,
    loads: [],
  },
  './fastify': {
    values: words`fastifyEndpoints fastifyGate fastifyGuard`,
    types: words`
      AuthInfo FastifyEndpointsOptions FastifyGateOptions FastifyGuard GuardedFastifyReply
      GuardedFastifyRequest NodeRequest NodeResponse`,
    // Only types of Fastify.
    loads: [],
  },
  './hono': {
    values: words`honoEndpoints honoGate honoGuard`,
    types: words`AuthInfo ResourceServerEnv`,
    loads: [],
  },
  './node': {
    values: words`nodeGate`,
    types: words`AuthInfo Authenticated GuardedListener NodeRequest NodeResponse`,
    loads: [],
  },
  './fetch': {
    values: words`fetchGate`,
    types: words`AuthInfo Authenticated GuardedHandler RequestConnection WebGateOptions`,
    loads: [],
  },
  './mcp-sdk': {
    values: words`collectPolicy mcpTokenVerifier protectServer verifiedTokenOf withRule`,
    types: words`
      AuthInfo CollectableServer ConnectingServer HostedResourceServer McpTokenVerifier ProtectableServer
      RegisteredItem`,
    // `zod` checks the options of a rule.
    loads: ['@modelcontextprotocol/sdk', 'zod'],
  },
  './mcp-server': {
    values: words`collectPolicy mcpGate mcpTokenVerifier protectServer verifiedTokenOf withRule`,
    types: words`
      AuthInfo CollectableServer ConnectingServer HostedResourceServer McpTokenVerifier ProtectableServer
      RegisteredItem RequestConnection WebGateOptions`,
    // `core` is what `server` is made of.
    loads: ['@modelcontextprotocol/core', '@modelcontextprotocol/server', 'zod'],
  },
  './keycloak': {
    values: words`
      addToKeycloakRealm clientRoles keycloak keycloakOptionsFor keycloakProfile keycloakRealm
      keycloakRealmWarnings keycloakWarnings realmRoles`,
    types: words`
      AdminActionOptions AdminCall ClientPoliciesRepresentation ClientPolicyCondition ClientPolicyRepresentation
      ClientProfileRepresentation ClientProfilesRepresentation ClientRepresentation
      ClientScopeRepresentation CommonRealmOptions ComponentRepresentation KeycloakOptions
      KeycloakRealm KeycloakRealmOptions KeycloakRealmWarning KeycloakWarning OptionsForServer
      PartialKeycloakRealm PartialKeycloakRealmOptions ProtocolMapperRepresentation
      RealmAllowances RealmClient RealmDownstream RealmRegistration RealmRevocation RealmScope RealmTokens
      RealmUser RolesRepresentation ScopeMapping UserRepresentation`,
    loads: ['zod'],
  },
  './redis': {
    values: words`createRedisStore`,
    types: words`GlideClient IoredisClient NodeRedisClient RedisClient RedisStoreOptions`,
    // No client: your program brings one.
    loads: ['zod'],
  },
  './profiles': {
    values: words`
      auth0 auth0Profile cognito cognitoProfile customProfile entraId entraIdProfile google
      googleProfile okta oktaProfile`,
    types: words`
      Auth0Options CognitoOptions EntraIdApiOptions EntraIdOptions EntraIdTenantsOptions
      GoogleOptions OktaOptions VendorOptions`,
    loads: ['zod'],
  },
  './explain': {
    values: words`explainToken`,
    types: words`ExplainOptions RuleResult TokenExplanation`,
    loads: ['zod'],
  },
  './testing': {
    values: words`
      assertAllowed assertChallenged assertRefused assertUnavailable createDpopKey createTestClock
      createTestIssuer createTestKey createTestResourceServer mcpMatchers recordDecisions startTestIssuer
      testFetchRequest testRequest`,
    types: words`
      DecisionRecord ExpectedAllowed ExpectedChallenge ExpectedRefusal ExpectedUnavailable McpMatcher McpMatcherResult
      McpMatchers TestAnswer TestChange TestClient TestClock TestDpopKey TestDpopKeyOptions TestEndpoint
      TestFailure TestForgedTokenOptions TestForgery TestIssuer TestIssuerOptions TestIssuerRequest
      TestJwtOptions TestKey TestKeyOptions TestLogoutTokenOptions TestOutageOptions TestProfile
      TestProofOptions TestRequestOptions TestResponder TestRotationOptions TestTokenContent
      TestTokenOptions TestTokenShape`,
    loads: ['jose', 'lru-cache', 'undici', 'zod'],
  },
  './testing/msw': { values: words`mswHandlers`, types: [], loads: MSW_PACKAGES },
  './environment': { values: words`fromEnvironment`, types: words`Environment`, loads: [] },
}

const { exports: subpaths }: { exports: Record<string, string> } = JSON.parse(
  readFileSync('package.json', 'utf8'),
)
const modules = Object.keys(subpaths).filter((subpath) => !subpath.endsWith('.json'))

interface Imported {
  readonly names: readonly string[]
  readonly packages: readonly string[]
  /** The modules of this package, below dist/. */
  readonly own: readonly string[]
  /** The name of the package of each other module. */
  readonly foreign: readonly string[]
}

/** Imports a subpath in a process of its own, and tells its names and what came along. */
function imported(subpath: string): Imported {
  const script = `
    import { registerHooks } from 'node:module'
    const urls = []
    registerHooks({ load: (url, context, next) => (urls.push(url), next(url, context)) })
    const names = Object.keys(await import(${JSON.stringify(`mcp-resource-server${subpath.slice(1)}`)}))
    console.log(JSON.stringify({ names, urls }))
  `
  const output = execFileSync(process.execPath, ['--input-type=module', '--eval', script], {
    encoding: 'utf8',
  })
  const { names, urls }: { names: string[]; urls: string[] } = JSON.parse(output)
  const foreign = urls.flatMap(
    (url) => /.*\/node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(url)?.[1] ?? [],
  )
  const own = urls
    .filter((url) => !url.includes('/node_modules/'))
    .flatMap((url) => /\/dist\/(.+)/.exec(url)?.[1] ?? [])
  return { names: names.sort(), packages: [...new Set(foreign)].sort(), own, foreign }
}

/** What a declaration file exports, by its two forms: a declaration, and a list of names. */
function declared(file: string): { values: string[]; types: string[] } {
  const text = readFileSync(file, 'utf8')
  const values: string[] = []
  const types: string[] = []
  for (const [, kind, name = ''] of text.matchAll(
    /^export (?:declare )?(?:abstract )?(interface|type|class|function|const) ([\w$]+)/gm,
  )) {
    ;(kind === 'interface' || kind === 'type' ? types : values).push(name)
  }
  for (const [, all, list = ''] of text.matchAll(/^export (type )?\{([^}]*)\}/gm)) {
    for (const item of list.split(',').map((part) => part.trim())) {
      const [, type, name] = /^(type )?(?:.* as )?([\w$]+)$/.exec(item) ?? []
      if (name !== undefined) (all || type ? types : values).push(name)
    }
  }
  return { values: [...new Set(values)].sort(), types: [...new Set(types)].sort() }
}

describe('the package', () => {
  it('was built', () => {
    expect(existsSync('dist/index.js'), 'dist/ is missing: npm run build').toBe(true)
  })

  it('holds, packed in a clean clone, the modules with types and source maps, what a user reads, and nothing else', () => {
    const modules = readdirSync('src', { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.ts'))
      .map((file) => `dist/${file.slice(0, -'.ts'.length)}`)
    const wanted = [
      ...['CHANGELOG.md', 'LICENSE', 'README.md', 'package.json'],
      // `doctor` names its guide by this path, and the README links to the guides.
      ...readdirSync('docs')
        .filter((file) => file.endsWith('.md'))
        .map((file) => `docs/${file}`),
      // The README's section on telemetry ends with them.
      'examples/telemetry/alerts.yml',
      'examples/telemetry/grafana-dashboard.json',
      ...modules.flatMap((module) => [`${module}.d.ts`, `${module}.js`, `${module}.js.map`]),
    ]
    const clone = mkdtempSync(join(tmpdir(), 'mcp-resource-server-clone-'))
    try {
      // All that goes into the package or builds it, and no dist/, which git does not keep.
      const kept = ['src', 'docs', 'examples/telemetry', 'CHANGELOG.md', 'LICENSE', 'README.md']
      for (const entry of [...kept, 'package.json', 'tsconfig.json', 'tsconfig.build.json']) {
        cpSync(entry, join(clone, entry), { recursive: true })
      }
      symlinkSync(resolve('node_modules'), join(clone, 'node_modules'))
      // The types have been checked, and that takes most of the time of a build.
      const tsconfig = join(clone, 'tsconfig.json')
      const { compilerOptions, ...more } = JSON.parse(readFileSync(tsconfig, 'utf8'))
      const unchecked = { ...more, compilerOptions: { ...compilerOptions, noCheck: true } }
      writeFileSync(tsconfig, JSON.stringify(unchecked))
      const output = execFileSync('npm', ['pack', '--dry-run', '--json'], {
        cwd: clone,
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'ignore'],
      })
      const [packed]: [PackedPackage] = JSON.parse(output)
      expect(packed.files.map(({ path }) => path).sort()).toEqual(wanted.sort())
      expect(packageOverBudget(packed)).toBeUndefined()
    } finally {
      rmSync(clone, { recursive: true })
    }
  })

  it('has declarations that name nothing which is not published', () => {
    // Unnoticed with `skipLibCheck`: what is missing is then `any`.
    const output = spawnSync(
      join('node_modules', '.bin', 'tsc'),
      [
        ...['--ignoreConfig', '--noEmit', '--skipLibCheck', 'false', '--types', 'node'],
        ...['--target', 'es2024', '--module', 'nodenext', '--strict', '--checkers', '1'],
        ...Object.values(subpaths)
          .filter((file) => file.endsWith('.js'))
          .map((file) => file.replace(/\.js$/, '.d.ts')),
      ],
      { encoding: 'utf8' },
    ).stdout
    expect(output.split('\n').filter((line) => /^(?:dist\/|error)/.test(line))).toEqual([])
  })

  it('has a face written down for each subpath', () => {
    expect(modules).toEqual(Object.keys(FACES))
  })

  it.each(Object.entries(FACES))(
    'gives from %s what is written down, and loads no more',
    (subpath, face) => {
      const { names, packages, ...modules } = imported(subpath)
      expect({ values: names, loads: packages }).toEqual({ values: face.values, loads: face.loads })
      expect(importOverBudget(subpath, modules)).toBeUndefined()
      // What is not in the types (marked internal) must not be importable either.
      const file = subpaths[subpath]?.replace(/\.js$/, '.d.ts') ?? ''
      expect(declared(file)).toEqual({ values: face.values, types: face.types })
    },
  )
})
