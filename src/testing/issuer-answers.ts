import type { TestEndpoint } from './issuer-changes.ts'
import {
  introspect,
  issuerDocument,
  metadataOf,
  oauthError,
  revoke,
  tokenInfo,
} from './issuer-endpoints.ts'
import type { IssuerState } from './issuer-state.ts'
import type { TestAnswer, TestIssuerRequest, TestReply } from './test-answer.ts'
import { issueToken } from './token-endpoint.ts'

/** Most requests that are kept. The tests of load make many more. */
const MOST_REQUESTS = 10_000

/** Replies to a request. Every transport sends the same replies. @internal */
export async function replyTo(state: IssuerState, request: TestIssuerRequest): Promise<TestReply> {
  const names = namesOf(state, request.url)
  const { changes } = state
  // A request whose connection is refused does not arrive.
  if (!changes.refuses(names)) {
    state.requests.push(request)
    if (state.requests.length > MOST_REQUESTS) state.requests.shift()
  }
  return changes.reply(request, names, async () => answerOf(state, request))
}

/** What a request is for: the names by which a test can change the answer or count the requests. @internal */
export function namesOf(state: IssuerState, url: string): readonly TestEndpoint[] {
  const { pathname, origin } = new URL(url)
  const isOwn = origin === new URL(state.issuer).origin
  const name = isOwn ? addressesOf(state).get(pathname) : undefined
  const byPath = pathname as `/${string}`
  return name === undefined ? ['all', byPath] : ['all', byPath, name]
}

/** The endpoints by their paths. */
function addressesOf({ issuer, shape }: IssuerState): ReadonlyMap<string, TestEndpoint> {
  const { pathname } = new URL(issuer)
  const path = pathname === '/' ? '' : pathname
  return new Map([
    [`/.well-known/oauth-authorization-server${path}`, 'metadata'],
    [`/.well-known/openid-configuration${path}`, 'metadata'],
    [`${path}/.well-known/openid-configuration`, 'metadata'],
    [`${path}/jwks`, 'keys'],
    [`${path}/${shape.tokenInfo === undefined ? 'introspect' : 'tokeninfo'}`, 'introspection'],
    [`${path}/token`, 'token'],
    [`${path}/revoke`, 'revocation'],
  ])
}

function answerOf(
  state: IssuerState,
  request: TestIssuerRequest,
): TestAnswer | Promise<TestAnswer> {
  const [, , name] = namesOf(state, request.url)
  switch (name) {
    case 'metadata':
      return { body: metadataOf(state) }
    case 'keys':
      return { body: { keys: state.keys.published } }
    case 'introspection':
      return state.shape.tokenInfo === undefined
        ? introspect(state, request)
        : tokenInfo(state, request)
    case 'token':
      return issueToken(state, request)
    case 'revocation':
      return revoke(state, request)
    default:
      return isUrlOf(state, request.url) ? issuerDocument(state) : oauthError(404, 'not_found')
  }
}

function isUrlOf({ issuer }: IssuerState, url: string): boolean {
  return new URL(url).href === new URL(issuer).href
}
