import { createPrivateKey } from 'node:crypto'
import { createServer } from 'node:https'
import { getCACertificates, setDefaultCACertificates } from 'node:tls'
import { Agent, request } from 'undici'
import { afterAll, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest'
import { nodeGate } from '../../src/adapters/node.ts'
import {
  type ClientCertificate,
  createResourceServer,
  createTokenExchanger,
  type ResourceServer,
} from '../../src/index.ts'
import {
  type KeycloakOptions,
  type KeycloakRealm,
  keycloak,
  keycloakProfile,
  keycloakRealm,
} from '../../src/keycloak/index.ts'
import { makeCertificate } from '../support/certificates.ts'
import { listenOnLoopback } from '../support/loopback.ts'
import { askOverTls } from '../support/tls-client.ts'
import { importRealm, type Undo, undoAll } from './support/examples.ts'
import { ALICE, RESOURCE, SECRET, SERVER_SECRET } from './support/realms.ts'
import { MODES, type Mode, verdict } from './support/resource-servers.ts'
import { decoded } from './support/tokens.ts'

// A realm whose issuer is an https address of the tier's Keycloak. Clients show certificates there.

const REALM = 'mutual-tls'
const BACKEND = { audience: 'backend-api', scopes: ['backend:read'] } as const
const BOUND = { 'tls.client.certificate.bound.access.tokens': 'true' }
const { name, cert, key } = inject('authority')
const authority = { name, privateKey: createPrivateKey(key) }
const ofServer = makeCertificate({ name: 'mcp-server', issuer: authority })
const ofClient = makeCertificate({ name: 'mcp-client', issuer: authority })
const ofStranger = makeCertificate({ name: 'stranger', issuer: authority })
const selfSigned = makeCertificate({ name: 'mcp-server' })
const issuer = `${inject('keycloakHttpsUrl')}/realms/${REALM}`
const usual = getCACertificates('default')
const undo: Undo = []

/** What the recipe makes, with certificates as an administrator adds them. */
function withCertificates(realm: KeycloakRealm): KeycloakRealm {
  const added: Record<string, object> = {
    [RESOURCE]: {
      'x509.subjectdn': 'CN=mcp-server',
      'x509.allow.regex.pattern.comparison': 'false',
    },
    bound: BOUND,
    'bound-person': BOUND,
  }
  return {
    ...realm,
    attributes: { ...realm.attributes, frontendUrl: inject('keycloakHttpsUrl') },
    clients: realm.clients.map((client) => ({
      ...client,
      ...(client.clientId === RESOURCE ? { clientAuthenticatorType: 'client-x509' } : {}),
      attributes: { ...client.attributes, ...added[client.clientId] },
    })),
  }
}

beforeAll(async () => {
  if (inject('keycloakHttpsUrl') === '') throw new Error('KEYCLOAK_URL has no https address here')
  setDefaultCACertificates([...usual, cert])
  undo.push(async () => setDefaultCACertificates(usual))
  const realm = keycloakRealm({
    realm: REALM,
    resource: RESOURCE,
    scopes: ['mcp:tools'],
    server: { secret: SERVER_SECRET, roles: ['writer'] },
    downstream: { audience: 'backend-api', secret: 'of-the-backend', scope: 'backend:read' },
    clients: [
      { clientId: 'person', passwordGrant: true, scopes: ['mcp:tools'] },
      { clientId: 'bound-person', passwordGrant: true, scopes: ['mcp:tools'] },
      { clientId: 'bound', serviceAccount: true, secret: SECRET, scopes: ['mcp:tools'] },
    ],
    users: [{ ...ALICE, roles: [] }],
  })
  undo.push(await importRealm(withCertificates(realm)))
})
afterAll(() => undoAll(undo))

const PERSON = { grant_type: 'password', username: ALICE.username, password: ALICE.password }
const SERVICE = { grant_type: 'client_credentials', client_id: 'bound', client_secret: SECRET }

/** Asks for a token over a TLS connection with or without a certificate. */
async function tokenOf(form: Record<string, string>, certificate?: typeof ofClient) {
  const connect = { ca: cert, ...(certificate && pem(certificate)) }
  const dispatcher = new Agent({ connect })
  try {
    const answer = await request(`${issuer}/protocol/openid-connect/token`, {
      dispatcher,
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: new URLSearchParams(form).toString(),
    })
    const text = await answer.body.text()
    if (answer.statusCode !== 200) throw new Error(`HTTP ${answer.statusCode} ${text}`)
    return (JSON.parse(text) as { access_token: string }).access_token
  } finally {
    await dispatcher.close()
  }
}

const pem = ({ cert, key }: typeof ofClient) => ({ cert, key })

function gateOf(mode: Mode, clientCertificate: KeycloakOptions['clientCertificate']) {
  const client = { clientId: RESOURCE, checkRealm: false, clientCertificate } as KeycloakOptions
  const options: Readonly<Record<Mode, KeycloakOptions>> = {
    jwt: { checkRealm: false },
    introspection: { ...client, verification: 'introspection' },
    hybrid: { ...client, confirm: 'always' },
  }
  const gate = createResourceServer({
    resource: RESOURCE,
    authorizationServer: keycloak(issuer, options[mode]),
    requiredScopes: ['mcp:tools'],
  })
  undo.push(() => gate.close())
  return gate
}

async function verdictOf(gate: ResourceServer): Promise<string> {
  const token = await tokenOf({ ...PERSON, client_id: 'person' })
  const headers = { authorization: `Bearer ${token}` }
  return verdict(await gate.authenticate({ method: 'POST', url: '/mcp', headers }))
}

function exchangerOf(clientCertificate: ClientCertificate) {
  const options = { issuer, profile: keycloakProfile, clientId: RESOURCE, clientCertificate }
  const exchanger = createTokenExchanger(options)
  undo.push(() => exchanger.close())
  return exchanger
}

describe('the server shows its certificate to Keycloak', () => {
  it('RFC7662-7: tls_client_auth: introspection, and another certificate is refused', async () => {
    const gate = gateOf('introspection', pem(ofServer))
    await gate.ready()
    expect(await verdictOf(gate)).toBe('allowed')
    const refused = gateOf('introspection', pem(ofStranger))
    await expect(refused.ready()).rejects.toMatchObject({
      reason: 'introspection_refused_us',
      message: expect.stringMatching(/authenticates by tls_client_auth; .*`.*clientCertificate`/),
    })
    expect(await verdictOf(refused)).toBe('503 introspection_refused_us')
  })

  it('RFC7662-7: a certificate of an unknown authority: Keycloak closes the connection', async () => {
    const gate = gateOf('introspection', pem(selfSigned))
    await expect(gate.ready()).rejects.toMatchObject({ reason: 'introspection_unavailable' })
  })

  it('RFC7662-7: tls_client_auth: token exchange, and another certificate is refused', async () => {
    const token = await tokenOf({ ...PERSON, client_id: 'person' })
    const { scopes } = await exchangerOf(pem(ofServer)).exchange({ token }, BACKEND)
    expect(scopes).toEqual(BACKEND.scopes)
    const refused = exchangerOf(pem(ofStranger)).exchange({ token }, BACKEND)
    await expect(refused).rejects.toMatchObject({ reason: 'client_refused' })
  })

  it.each([
    ['that Keycloak refuses', ofStranger],
    ['for which Keycloak closes the connection', selfSigned],
  ])('RFC7662-7: a certificate %s is replaced without a restart', async (_which, first) => {
    const given = [pem(first), pem(ofServer)]
    const gate = gateOf('introspection', () => given.shift() ?? pem(ofServer))
    await gate.ready()
    expect(await verdictOf(gate)).toBe('allowed')
  })

  it('RFC8705-1: Keycloak names endpoints for certificates', async () => {
    const { mtls_endpoint_aliases: aliases } = (await (
      await fetch(`${issuer}/.well-known/openid-configuration`)
    ).json()) as { mtls_endpoint_aliases: Record<string, string> }
    expect(aliases).toMatchObject({
      token_endpoint: `${issuer}/protocol/openid-connect/token`,
      introspection_endpoint: `${issuer}/protocol/openid-connect/token/introspect`,
    })
  })
})

describe.each(MODES)('a token that Keycloak binds to a certificate: %s', (mode) => {
  let port: number

  beforeEach(async () => {
    const listener = nodeGate(gateOf(mode, pem(ofServer)), (_request, response, { authInfo }) => {
      response.end(JSON.stringify({ possession: authInfo.extra.possession }))
    })
    const own = makeCertificate({ name: 'localhost', issuer: authority })
    const tls = { cert: own.cert, key: own.key, requestCert: true, rejectUnauthorized: false }
    const server = await listenOnLoopback(createServer(tls, listener))
    undo.push(() => server.close())
    port = server.port
  })

  it.each([
    ['a service', SERVICE],
    ['a person', { ...PERSON, client_id: 'bound-person' }],
  ])('RFC8705-1: 200 with its certificate, 401 with another or none: %s', async (_who, form) => {
    const token = await tokenOf(form, ofClient)
    const { claims } = decoded(token)
    expect(claims).toMatchObject({ typ: 'Bearer', cnf: { 'x5t#S256': ofClient.thumbprint } })
    const ask = (certificate?: typeof ofClient) =>
      askOverTls(port, token, { ca: cert, ...(certificate && { certificate }) })
    expect(await ask(ofClient)).toMatchObject({ status: 200, body: { possession: ['mtls'] } })
    const refused = { status: 401, challenge: expect.stringContaining('error="invalid_token"') }
    expect(await ask(ofStranger)).toMatchObject(refused)
    expect(await ask()).toMatchObject(refused)
  })
})

describe('a client whose tokens are bound', () => {
  it('RFC8705-1: gets no token without a certificate', async () => {
    await expect(tokenOf(SERVICE)).rejects.toThrow('Client Certification missing')
  })

  it('RFC8705-1: its token is not exchanged by the server', async () => {
    const token = await tokenOf({ ...PERSON, client_id: 'bound-person' }, ofClient)
    const refused = exchangerOf(pem(ofServer)).exchange({ token }, BACKEND)
    await expect(refused).rejects.toMatchObject({ reason: 'exchange_not_permitted' })
  })
})
