import { X509Certificate } from 'node:crypto'
import { createServer, type Server } from 'node:https'
import type { AddressInfo } from 'node:net'
import { getCACertificates, setDefaultCACertificates, type TLSSocket } from 'node:tls'
import { exportJWK, generateKeyPair, importSPKI } from 'jose'
import {
  type ClientOptions,
  createResourceServer,
  createTokenExchanger,
  type HttpOptions,
} from 'mcp-resource-server'
import Provider, { type ClientMetadata, type KoaContextWithOIDC } from 'oidc-provider'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { makeCertificate } from '../support/certificates.ts'
import { PATIENT_HTTP } from '../support/patient-http.ts'

const RESOURCE = 'https://mcp.example.com/mcp'
const EXCHANGE = 'urn:ietf:params:oauth:grant-type:token-exchange'
const SECRET = 'a secret: with + % & = "quotes" and enough bytes for HS256'

const authority = makeCertificate({ name: 'test authority', isAuthority: true })
const ofServer = makeCertificate({ name: 'localhost', issuer: authority })
const ofClient = makeCertificate({ name: 'mcp-client', issuer: authority })
const ofStranger = makeCertificate({ name: 'stranger', issuer: authority })
const selfSigned = makeCertificate({ name: 'self-signed' })
const usual = getCACertificates('default')

/** Real TLS servers in front of one oidc-provider: the second one asks for certificates. */
let plain: Server
let mutual: Server
let issuer: string
let provider: Provider
/** The host and path of each call that was authenticated. */
const seen: string[] = []
const keys = await generateKeyPair('ES256', { extractable: true })
const others = await generateKeyPair('ES256', { extractable: true })

const socketOf = (ctx: KoaContextWithOIDC) => ctx.req.socket as TLSSocket

async function listen(options: object): Promise<Server> {
  const server = createServer(
    { cert: ofServer.cert, key: ofServer.key, ...options },
    (req, res) => {
      seen.push(`${req.headers.host}${req.url}`)
      provider.callback()(req, res)
    },
  )
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return server
}

const originOf = (server: Server) => `https://127.0.0.1:${(server.address() as AddressInfo).port}`

function clientOf(method: string, more: object): ClientMetadata {
  return {
    client_id: method,
    token_endpoint_auth_method: method as never,
    grant_types: ['client_credentials', EXCHANGE],
    response_types: [],
    redirect_uris: [],
    ...more,
  }
}

beforeAll(async () => {
  setDefaultCACertificates([...usual, authority.cert])
  plain = await listen({})
  mutual = await listen({ requestCert: true, rejectUnauthorized: false, ca: [authority.cert] })
  issuer = originOf(plain)
  const alias = originOf(mutual)
  const selfSignedKey = await importSPKI(
    new X509Certificate(selfSigned.cert).publicKey.export({
      type: 'spki',
      format: 'pem',
    }) as string,
    'ES256',
    { extractable: true },
  )
  const x5c = [selfSigned.der.toString('base64')]
  const methods = [
    'client_secret_basic',
    'client_secret_post',
    'client_secret_jwt',
    'private_key_jwt',
    'tls_client_auth',
    'self_signed_tls_client_auth',
  ] as const
  provider = new Provider(issuer, {
    clientAuthMethods: methods as never,
    clients: [
      clientOf('client_secret_basic', { client_secret: SECRET }),
      clientOf('client_secret_post', { client_secret: SECRET }),
      clientOf('client_secret_jwt', { client_secret: SECRET }),
      clientOf('private_key_jwt', { jwks: { keys: [await exportJWK(keys.publicKey)] } }),
      clientOf('tls_client_auth', { tls_client_auth_subject_dn: 'CN=mcp-client' }),
      clientOf('self_signed_tls_client_auth', {
        jwks: { keys: [{ ...(await exportJWK(selfSignedKey)), x5c }] },
      }),
    ],
    features: {
      devInteractions: { enabled: false },
      introspection: { enabled: true, allowedPolicy: () => true },
      clientCredentials: { enabled: true },
      resourceIndicators: {
        enabled: true,
        getResourceServerInfo: () => ({
          scope: 'mcp:tools',
          audience: RESOURCE,
          accessTokenFormat: 'opaque',
        }),
      },
      mTLS: {
        enabled: true,
        tlsClientAuth: true,
        selfSignedTlsClientAuth: true,
        getCertificate: (ctx: KoaContextWithOIDC) => {
          const { raw } = socketOf(ctx).getPeerCertificate()
          return raw && new X509Certificate(raw)
        },
        certificateAuthorized: (ctx: KoaContextWithOIDC) => socketOf(ctx).authorized,
        certificateSubjectMatches: (ctx: KoaContextWithOIDC, _property: string, expected: string) =>
          `CN=${socketOf(ctx).getPeerCertificate().subject?.CN}` === expected,
      } as never,
    },
    discovery: {
      mtls_endpoint_aliases: {
        token_endpoint: `${alias}/token`,
        introspection_endpoint: `${alias}/token/introspection`,
      },
    },
  })
  provider.registerGrantType(
    EXCHANGE,
    async (ctx) => {
      ctx.body = {
        access_token: `exchanged-by-${ctx.oidc.client?.clientId}`,
        issued_token_type: 'urn:ietf:params:oauth:token-type:access_token',
        token_type: 'Bearer',
        expires_in: 60,
      }
    },
    ['subject_token', 'subject_token_type', 'requested_token_type', 'audience'],
  )
})

afterAll(() => {
  setDefaultCACertificates(usual)
  plain.closeAllConnections()
  mutual.closeAllConnections()
  plain.close()
  mutual.close()
})

const certificate = ({ cert, key }: typeof ofClient) => ({ cert, key })
const jwk = async () => (await exportJWK(keys.privateKey)) as Record<string, unknown>

/** The options for each method, and the options with which the server refuses it. */
const METHODS: Readonly<
  Record<string, () => Promise<{ good: object; wrong: object; named?: boolean }>>
> = {
  client_secret_basic: async () => ({
    good: { clientSecret: SECRET },
    wrong: { clientSecret: 'another-secret' },
  }),
  client_secret_post: async () => ({
    good: { clientSecret: SECRET, authentication: 'client_secret_post' },
    wrong: { clientSecret: 'another-secret', authentication: 'client_secret_post' },
  }),
  client_secret_jwt: async () => ({
    good: { clientSecret: SECRET, authentication: 'client_secret_jwt' },
    wrong: { clientSecret: SECRET.toUpperCase(), authentication: 'client_secret_jwt' },
  }),
  private_key_jwt: async () => ({
    good: { clientKey: await jwk() },
    wrong: { clientKey: (await exportJWK(others.privateKey)) as object },
  }),
  tls_client_auth: async () => ({
    good: { clientCertificate: certificate(ofClient) },
    wrong: { clientCertificate: certificate(ofStranger) },
  }),
  self_signed_tls_client_auth: async () => ({
    good: { clientCertificate: certificate(selfSigned) },
    wrong: { clientCertificate: certificate(ofStranger) },
  }),
}

function gateFor(client: object, more: { clock?: () => number; http?: HttpOptions } = {}) {
  return createResourceServer({
    resource: RESOURCE,
    authorizationServer: {
      issuer,
      verification: 'introspection',
      introspection: client as ClientOptions,
    },
    ...more,
    http: { ...PATIENT_HTTP, ...more.http },
  })
}

describe('each method of client authentication at a real oidc-provider', () => {
  for (const [method, optionsOf] of Object.entries(METHODS)) {
    it(`RFC7662-7: ${method}: introspection, and the message when the server refuses it`, async () => {
      const { good, wrong } = await optionsOf()
      const gate = gateFor({ clientId: method, ...good })
      await gate.ready()
      await gate.close()
      const refused = gateFor({ clientId: method, ...wrong })
      await expect(refused.ready()).rejects.toMatchObject({
        reason: 'introspection_refused_us',
        message: expect.stringMatching(/authenticates by \w+; check the client id and its/),
      })
      await refused.close()
    })

    it(`RFC7662-7: ${method}: token exchange (a grant of the test's own)`, async () => {
      const { good, wrong } = await optionsOf()
      const exchange = async (client: object) => {
        const options = { issuer, clientId: method, ...client }
        const exchanger = createTokenExchanger(options)
        try {
          const exchanged = await exchanger.exchange({ token: 'subject' }, { audience: 'orders' })
          return exchanged.accessToken
        } finally {
          await exchanger.close()
        }
      }
      expect(await exchange(good)).toBe(`exchanged-by-${method}`)
      await expect(exchange(wrong)).rejects.toMatchObject({ reason: 'client_refused' })
    })
  }

  it('RFC8705-1: a certificate is used at the endpoint aliases, and other calls go elsewhere', async () => {
    seen.length = 0
    const gate = gateFor({ clientId: 'tls_client_auth', clientCertificate: certificate(ofClient) })
    await gate.ready()
    await gate.close()
    const introspected = seen.filter((url) => url.endsWith('/token/introspection'))
    expect(introspected).toEqual([`${new URL(originOf(mutual)).host}/token/introspection`])
    const documents = seen.filter((url) => url.includes('.well-known'))
    expect(documents).not.toEqual([])
    const { host } = new URL(issuer)
    expect(documents.filter((url) => !url.startsWith(host))).toEqual([])
  })

  it('RFC7662-7: the strongest method that key and secret allow is chosen', async () => {
    const gate = gateFor({ clientId: 'private_key_jwt', clientSecret: 's', clientKey: await jwk() })
    await gate.ready()
    await gate.close()
  })

  it('RFC7662-7: an assertion that has expired is refused: the clock is two minutes slow', async () => {
    const clock = () => Date.now() - 120_000
    const gate = gateFor({ clientId: 'private_key_jwt', clientKey: await jwk() }, { clock })
    await expect(gate.ready()).rejects.toMatchObject({
      reason: 'introspection_refused_us',
      message: expect.stringContaining('the clock of this machine'),
    })
    await gate.close()
  })

  it('RFC7662-7: a rotated certificate is used without a restart', async () => {
    let current = ofStranger
    const gate = gateFor({
      clientId: 'tls_client_auth',
      clientCertificate: () => {
        const given = certificate(current)
        current = ofClient
        return given
      },
    })
    await gate.ready()
    await gate.close()
  })
})
