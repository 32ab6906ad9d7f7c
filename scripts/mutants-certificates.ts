import type { Mutant } from './mutants-list.ts'

/** Checks of client certificates: that of the connection, and that in the header of a proxy. */
export const CERTIFICATE_MUTANTS: readonly Mutant[] = [
  {
    name: 'certificate: any certificate will do',
    file: 'src/sender-constraint/client-certificates.ts',
    find: 'digestOf(der) !== thumbprint',
    replace: 'thumbprint === ""',
  },
  {
    name: 'certificate: an expired certificate will do',
    file: 'src/sender-constraint/client-certificates.ts',
    find: ' && now <= certificate.validToDate.getTime()',
    replace: '',
  },
  {
    name: 'certificate: a certificate that is not valid yet will do',
    file: 'src/sender-constraint/client-certificates.ts',
    find: 'now >= certificate.validFromDate.getTime() && ',
    replace: '',
  },
  {
    name: 'certificate: something may follow the certificate',
    file: 'src/sender-constraint/client-certificates.ts',
    find: 'if (certificate?.raw.equals(der)) return certificate',
    replace: 'if (certificate !== undefined) return certificate',
  },
  {
    name: 'certificate: it is not needed beside a proof',
    file: 'src/sender-constraint/possession.ts',
    find: '  if (certificate !== undefined) certificates.check(request, certificate)\n',
    replace: '',
  },
  {
    name: 'certificate: a proof is not needed beside it',
    file: 'src/sender-constraint/possession.ts',
    find: 'certificate !== undefined && isBoundToCertificateOnly(confirmation)',
    replace: 'certificate !== undefined',
  },
  {
    name: 'certificate: the gate checks none',
    file: 'src/sender-constraint/possession.ts',
    find: '      certificates.check(request, certificate)\n      return',
    replace: '      return',
  },
  {
    name: 'certificate: a rejected promise instead of a connection ends the process',
    file: 'src/sender-constraint/certificate-source.ts',
    find: 'if (found instanceof Promise) found.catch(() => {})',
    replace: '',
  },
  {
    name: 'certificate: a header counts from any address',
    file: 'src/sender-constraint/certificate-header.ts',
    find: 'if (!this.#proxies.has(address)) {',
    replace: 'if (address === "nowhere") {',
  },
  {
    name: 'certificate: a header counts from an unknown address',
    file: 'src/sender-constraint/certificate-header.ts',
    find: 'const address = connectionOf(request)?.remoteAddress\n    if (address === undefined) {',
    replace:
      "const address = connectionOf(request)?.remoteAddress ?? '10.0.0.1'\n    if (address === '') {",
  },
  {
    name: 'certificate: the handler sees the header of a stranger',
    file: 'src/sender-constraint/certificate-header.ts',
    find: '? NO_FIELDS : this.#withheld',
    replace: '? NO_FIELDS : NO_FIELDS',
  },
  {
    name: 'certificate: the handler sees the header from an unknown address',
    file: 'src/sender-constraint/certificate-header.ts',
    find: 'address !== undefined && this.#proxies.has(address) ?',
    replace: 'address === undefined || this.#proxies.has(address) ?',
  },
  {
    name: 'certificate: the answer does not name the withheld header',
    file: 'src/gate/allowed-request.ts',
    find: '[...session.withheld, ...possession.withheld]',
    replace: 'session.withheld',
  },
  {
    name: 'certificate: of two headers the first counts',
    file: 'src/sender-constraint/certificate-header.ts',
    find: 'if (values.length > 1) throw',
    replace: 'if (values.length > 2) throw',
  },
  {
    name: 'certificate: a header may have any length',
    file: 'src/sender-constraint/certificate-header.ts',
    find: 'value.length > MAX_LENGTH',
    replace: 'value.length > 1e9',
  },
  {
    name: 'certificate: foreign characters in base64 are skipped',
    file: 'src/sender-constraint/certificate-formats.ts',
    find: "bytes.length > 0 && bytes.toString('base64') === text ? bytes",
    replace: 'bytes.length > 0 ? bytes',
  },
  {
    name: 'certificate: of two PEM blocks one counts',
    file: 'src/sender-constraint/certificate-formats.ts',
    find: '-----END CERTIFICATE-----(?:\\r?\\n)?$/',
    replace: '-----END CERTIFICATE-----/',
  },
  {
    name: 'certificate: XFCC may have several elements',
    file: 'src/sender-constraint/certificate-formats.ts',
    find: "if (value[at] !== ';') return undefined",
    replace:
      "if (value[at] === ',') for (const name of ['cert', 'hash'] as const) delete members[name]",
  },
  {
    name: 'certificate: XFCC may name two certificates',
    file: 'src/sender-constraint/certificate-formats.ts',
    find: '      if (members[name] !== undefined) return undefined\n',
    replace: '',
  },
  {
    name: 'certificate: XFCC may have the hash of another certificate',
    file: 'src/sender-constraint/certificate-formats.ts',
    find: "digestOf(der) === Buffer.from(hash, 'hex').toString('base64url')",
    replace: "hash !== ''",
  },
  {
    name: 'certificate: a range may trust everybody',
    file: 'src/sender-constraint/trusted-proxies.ts',
    find: 'const PREFIX = /^[1-9]\\d{0,2}$/',
    replace: 'const PREFIX = /^\\d{1,3}$/',
  },
  {
    name: 'certificate: a range may be longer than an address',
    file: 'src/sender-constraint/trusted-proxies.ts',
    find: ' || prefix > (version === 4 ? 32 : 128)',
    replace: '',
  },
]
