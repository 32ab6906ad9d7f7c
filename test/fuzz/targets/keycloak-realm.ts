import fc from 'fast-check'
import { type AdminCall, addToKeycloakRealm, keycloakRealm } from '../../../src/keycloak/index.ts'
import type { Edit } from '../../support/mutators/edit.ts'
import { mutateDocument } from '../../support/mutators/mutate-token.ts'
import { edits } from '../support/arbitraries.ts'
import { check, checkKeepsSecrets } from '../support/properties.ts'
import { parsed } from '../support/strict-json.ts'
import type { Target } from '../support/target.ts'

const SECRET = 'secret-of-the-server-0123456789'
const ADDITIONS = keycloakRealm({
  partial: true,
  resource: 'https://mail.example.com/mcp',
  scopes: ['mail:read'],
  optionalScopes: [{ name: 'mail:admin', roles: ['mail-admin'] }],
  server: { secret: SECRET, roles: ['reader'] },
  existingClients: ['mcp-client'],
  registration: true,
  revocation: { securityEvents: true },
})

/** The realm before the additions, by the path of each call. */
const REALM: Readonly<Record<string, unknown>> = {
  '': { realm: 'acme', attributes: { theirs: 'kept' } },
  '/client-scopes': [
    { id: 's-0', name: 'email', attributes: {}, protocolMappers: [] },
    { id: 's-1', name: 'ssf.manage', attributes: {}, protocolMappers: [] },
    { id: 's-2', name: 'ssf.read', attributes: {}, protocolMappers: [] },
  ],
  '/clients?max=100000': [
    { id: 'c-1', clientId: 'mcp-client', defaultClientScopes: ['email'], optionalClientScopes: [] },
  ],
  '/default-default-client-scopes': [{ id: 's-0', name: 'email' }],
  '/default-optional-client-scopes': [],
  '/roles?max=100000': [{ id: 'r-0', name: 'user' }],
  '/components': [
    {
      id: 'k-1',
      providerId: 'allowed-client-templates',
      subType: 'anonymous',
      config: { 'allowed-client-scopes': ['theirs'], 'allow-default-scopes': ['true'] },
    },
  ],
  '/client-policies/profiles': { profiles: [{ name: 'theirs', executors: [] }] },
  '/client-policies/policies': { policies: [{ name: 'theirs', enabled: true }] },
  '/partialImport': { results: [{ resourceType: 'CLIENT', resourceName: 'x', action: 'ADDED' }] },
}
const PLACES = Object.keys(REALM)

/** What a stranger who may register clients would have made before. */
const DONOR = {
  id: '../../master/users',
  name: 'mail:read',
  clientId: 'https://mail.example.com/mcp',
  secret: 'guessed',
  attributes: null,
  protocolMappers: {},
}

const SEGMENT = String.raw`[^/?#\s\\]+`
/** The paths below a realm that the package documents, each with whole segments for ids. */
const PATHS = new RegExp(
  `^/acme(?:|/client-scopes|/partialImport|/(?:clients|roles)\\?max=100000|/clients\\?clientId=${SEGMENT}|/users\\?username=${SEGMENT}|/client-policies/(?:profiles|policies)|/components(?:/${SEGMENT}|\\?type=${SEGMENT})|/default-(?:default|optional)-client-scopes(?:/${SEGMENT})?|/clients/${SEGMENT}/(?:roles|optional-client-scopes/${SEGMENT})|/client-scopes/${SEGMENT}/scope-mappings/(?:realm|clients/${SEGMENT}))$`,
)

/**
 * Damaged answers of Keycloak's Admin API while additions are made to a realm. No call leaves the realm, nothing that
 * the realm has is lost, and an answer in another form is an error that says so, and shows no secret.
 */
export const keycloakRealmAdditions: Target<Input> = {
  name: 'keycloak-realm',
  executions: 1500,
  inputs: fc.record({ place: fc.nat(PLACES.length - 1), edits: edits(3, 0) }),
  start:
    () =>
    async ({ place, edits: changes }) => {
      const damaged = PLACES[place] ?? ''
      const answer = parsed(mutateDocument(REALM[damaged], changes, DONOR))
      const sent: { method: string; path: string; body: unknown }[] = []
      const call: AdminCall = async (method, path, body) => {
        sent.push({ method, path, body })
        return answerTo(sent, path.slice('/acme'.length), damaged, answer)
      }
      const lines = await addToKeycloakRealm(call, 'acme', ADDITIONS).catch((error: Error) => error)
      for (const { path } of sent) check(PATHS.test(path), 'a path of its own', path)
      const written = sent.filter(({ method }) => method !== 'GET')
      const before = damaged === '/client-scopes' || damaged === '/clients?max=100000'
      if (lines instanceof Error) {
        check(EXPECTED.test(lines.message), 'an error without an explanation', lines.stack)
        checkKeepsSecrets('the error', lines.message, [SECRET])
        const changed = before && !FURTHER_ON.test(lines.message) && written.length > 0
        check(!changed, 'the realm was changed, although a first answer is unusable', written)
      } else {
        checkKeepsSecrets('the lines', lines, [SECRET])
        check(changes.length > 0 || lines.length > 10, 'too little was added', lines)
      }
      for (const { path, body } of written)
        checkKept(path.slice('/acme'.length), body, damaged, answer)
    },
}

const EXPECTED =
  /^Keycloak answered GET \/admin\/realms\/acme|^The realm already has a client|^acme has no client|^The realm has no client/
/** Errors that only the second reading of the same list can have. */
const FURTHER_ON = /^The realm has no client/

function answerTo(
  sent: readonly { readonly method: string; readonly path: string; readonly body: unknown }[],
  path: string,
  damaged: string,
  answer: unknown,
): unknown {
  const place = path.startsWith('/components?') ? '/components' : path
  const { method } = sent.at(-1) ?? {}
  if (method !== 'GET' && path !== '/partialImport') return undefined
  const found = place === damaged ? answer : REALM[place]
  if (path === '/client-scopes' && Array.isArray(found)) {
    const made = sent.filter((one) => one.method === 'POST' && one.path === '/acme/client-scopes')
    return [...found, ...made.map(({ body }, at) => ({ id: `n-${at}`, ...(body as object) }))]
  }
  if (path.startsWith('/clients?clientId=')) {
    return [{ id: 'c-2', clientId: decodeURIComponent(path.slice('/clients?clientId='.length)) }]
  }
  if (path === '/clients/c-2/roles') return [{ id: 'r-9', name: 'reader' }]
  return found ?? []
}

/** Checks that what is written holds everything that was there. */
function checkKept(path: string, body: unknown, damaged: string, answer: unknown): void {
  const there = (place: string) => (place === damaged ? answer : REALM[place]) as never
  const has = (whole: unknown, part: unknown) =>
    check(
      JSON.stringify(whole).includes(JSON.stringify(part).slice(1, -1)),
      `${path} loses what was there`,
      [whole, part],
    )
  if (path === '') {
    const { attributes = {} } = there('') as { attributes?: object }
    for (const [name, value] of Object.entries(attributes)) {
      check((body as Attributes).attributes[name] === value, 'an attribute is lost', name)
    }
  }
  for (const kind of ['profiles', 'policies']) {
    if (path !== `/client-policies/${kind}`) continue
    const list = (there(path) as Record<string, unknown>)[kind]
    if (list !== undefined && list !== null) has(body, list)
  }
}

interface Attributes {
  readonly attributes: Readonly<Record<string, unknown>>
}

interface Input {
  readonly place: number
  readonly edits: readonly Edit[]
}
