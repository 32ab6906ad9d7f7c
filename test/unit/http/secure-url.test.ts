import { describe, expect, it } from 'vitest'
import { discoveryUrls } from '../../../src/authorization-server/discovery.ts'
import { urlFault } from '../../../src/http/secure-url.ts'

describe('urlFault', () => {
  it.each([
    'https://sso.example.com',
    'HTTPS://SSO.example.com/realms/acme',
    'https://[2001:db8::1]/',
    'http://localhost:8080',
    'http://sso.localhost/realms/acme',
    'http://127.0.0.1:3000',
    'http://127.9.8.7',
    'http://[::1]:3000',
    // Other spellings of 127.0.0.1, which every client resolves to it.
    'http://2130706433',
    'http://0x7f.1',
  ])('S1.5: %s may be used', (url) => {
    expect(urlFault(url, false)).toBeUndefined()
  })

  it.each([
    'http://sso.example.com',
    'HTTP://sso.example.com',
    'http://localhost.example.com',
    'http://notlocalhost',
    'http://127.0.0.1.example.com',
    'http://0.0.0.0',
    'http://10.0.0.1',
    'http://192.168.1.1',
    'http://169.254.169.254',
    'http://128.0.0.1',
    'http://[::]',
    'http://[fe80::1]',
    'http://[::ffff:10.0.0.1]',
  ])('S1.5: %s is plain http beyond loopback', (url) => {
    expect(urlFault(url, false)).toContain('is plain http and not on loopback')
    expect(urlFault(url, true)).toBeUndefined()
  })

  it.each([
    ['', 'is not an absolute URL'],
    ['sso.example.com', 'is not an absolute URL'],
    ['/realms/acme', 'is not an absolute URL'],
    ['//sso.example.com', 'is not an absolute URL'],
    ['ftp://sso.example.com', 'is not an https URL'],
    ['file:///etc/passwd', 'is not an https URL'],
    ['ws://localhost', 'is not an https URL'],
    ['data:application/json,1', 'is not an https URL'],
    ['javascript:alert(1)', 'is not an https URL'],
    ['urn:example:issuer', 'is not an https URL'],
    ['https://user@sso.example.com', 'contains credentials'],
    ['https://user:pass@sso.example.com', 'contains credentials'],
    ['https://:pass@sso.example.com', 'contains credentials'],
    ['https://sso.example.com#a', 'has a fragment'],
    ['https://sso.example.com/#', 'has a fragment'],
  ])('S1.5 MCP-3: %s %s, whatever is allowed', (url, fault) => {
    expect(urlFault(url, false)).toContain(fault)
    expect(urlFault(url, true)).toContain(fault)
  })

  // `new URL` would make something of each, and not what the rest of the world compares it with.
  it.each([
    'https:/sso.example.com',
    'https:sso.example.com',
    'https:\\\\sso.example.com',
    'https:///sso.example.com',
    ' https://sso.example.com',
    'https://sso.example.com/ ',
    'https://sso.exa\nmple.com',
    'https://sso.example.com/a b',
    'https://sso.example.com/a"b',
    'https://sso.example.com/a\\b',
    'https://sso.example.com/größe',
    'https://bücher.example/',
  ])('RFC9728-3 RFC6750-5: %j is no URI (RFC 3986)', (url) => {
    expect(urlFault(url, false)).toBeTypeOf('string')
    expect(urlFault(url, true)).toBeTypeOf('string')
  })
})

describe('discoveryUrls', () => {
  it.each([
    [
      'https://sso.example.com/realms/acme',
      [
        'https://sso.example.com/.well-known/oauth-authorization-server/realms/acme',
        'https://sso.example.com/realms/acme/.well-known/openid-configuration',
        'https://sso.example.com/.well-known/openid-configuration/realms/acme',
      ],
    ],
    [
      'https://sso.example.com',
      [
        'https://sso.example.com/.well-known/oauth-authorization-server',
        'https://sso.example.com/.well-known/openid-configuration',
      ],
    ],
    [
      'HTTPS://SSO.example.com:8443/a/',
      [
        'HTTPS://SSO.example.com:8443/.well-known/oauth-authorization-server/a',
        'HTTPS://SSO.example.com:8443/a/.well-known/openid-configuration',
        'HTTPS://SSO.example.com:8443/.well-known/openid-configuration/a',
      ],
    ],
  ])('RFC8725-2: of %s', (issuer, urls) => {
    expect(discoveryUrls(issuer)).toEqual(urls)
  })
})
