import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { getCACertificates, setDefaultCACertificates } from 'node:tls'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { certificateFinding } from '../../../../src/doctor/outside/certificate.ts'
import { type CertificateOptions, makeCertificate } from '../../../support/certificates.ts'
import { runDoctor } from '../../../support/doctor-run.ts'
import { listenDuringTest } from '../../../support/loopback.ts'

const authority = makeCertificate({ name: 'Test authority', isAuthority: true })

/** A server over TLS that asks everybody for a token. */
async function startServer(options: Partial<CertificateOptions>): Promise<number> {
  const { cert, key } = makeCertificate({ name: 'localhost', ...options })
  const server = createServer({ cert, key }, (_request, response) => {
    response.writeHead(401, { 'www-authenticate': 'Bearer scope="mcp:tools"' }).end()
  })
  return (await listenDuringTest(server)).port
}

describe('doctor over TLS', () => {
  const before = getCACertificates('default')
  beforeAll(() => setDefaultCACertificates([...before, authority.cert]))
  afterAll(() => setDefaultCACertificates(before))

  const seenAt = async (url: string) => {
    const { wrong, report, code } = await runDoctor(url)
    expect(wrong).toEqual(['SERVER_UNTRUSTED'])
    expect(code).toBe(2)
    return report.findings[0]?.seen
  }

  it('names a certificate that signs itself', async () => {
    const port = await startServer({})
    expect(await seenAt(`https://127.0.0.1:${port}/mcp`)).toContain('signs itself')
  })

  it('names an authority that is not known', async () => {
    const issuer = makeCertificate({ name: 'Nobody', isAuthority: true })
    const port = await startServer({ issuer })
    expect(await seenAt(`https://127.0.0.1:${port}/mcp`)).toMatch(/authority|chain/)
  })

  it('names a certificate that has expired', async () => {
    const port = await startServer({ issuer: authority, notAfter: new Date('2001-01-01') })
    expect(await seenAt(`https://127.0.0.1:${port}/mcp`)).toContain('expired')
  })

  it('names a certificate for another name', async () => {
    const { cert, key } = makeCertificate({ name: 'localhost', issuer: authority })
    const server = createServer({ cert, key })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.2', resolve))
    onTestFinished(() => void server.close())
    const { port } = server.address() as AddressInfo
    expect(await seenAt(`https://127.0.0.2:${port}/mcp`)).toContain('for another name')
  })

  it('examines a server whose certificate holds, and tells TLS from plain http', async () => {
    const port = await startServer({ issuer: authority })
    const { wrong } = await runDoctor(`https://localhost:${port}/mcp`)
    expect(wrong).toContain('CHALLENGE_WITHOUT_METADATA')
    expect(wrong).not.toContain('PLAIN_HTTP')
    expect(wrong).not.toContain('CERTIFICATE_ENDS_SOON')
    const plain = await runDoctor(`http://localhost:${port}/mcp`)
    expect(plain.wrong).toEqual(['SERVER_UNREACHABLE'])
  })

  it('claims another host by a field, and checks the certificate for the real one', async () => {
    const { cert, key } = makeCertificate({ name: 'localhost', issuer: authority })
    const server = createServer({ cert, key }, ({ headers }, response) => {
      const challenge = `Bearer resource_metadata="https://${headers.host}/metadata"`
      response.writeHead(401, { 'www-authenticate': challenge }).end()
    })
    const { port } = await listenDuringTest(server)
    expect((await runDoctor(`https://localhost:${port}/mcp`)).wrong).toContain('HOST_TRUSTED')
  })

  it('warns of a certificate that ends soon', () => {
    const now = Date.UTC(2030, 0, 1)
    const ending = (days: number) =>
      certificateFinding(
        {
          unanswered: [],
          certificateEnd: () => new Date(now + days * 86_400_000),
          send: () => Promise.reject(new Error('not called')),
          close: () => Promise.resolve(),
        },
        'https://mcp.example.com/mcp',
        now,
      )
    expect(ending(15)).toBeUndefined()
    expect(ending(3)).toMatchObject({
      code: 'CERTIFICATE_ENDS_SOON',
      severity: 'warning',
      seen: 'the certificate of mcp.example.com expires in 3 days',
    })
  })

  it('reports the end of a real certificate', async () => {
    const notAfter = new Date(Date.now() + 5 * 86_400_000)
    const port = await startServer({ issuer: authority, notAfter })
    const { wrong } = await runDoctor(`https://localhost:${port}/mcp`)
    expect(wrong).toContain('CERTIFICATE_ENDS_SOON')
  })
})
