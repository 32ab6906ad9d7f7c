import type { Mutant } from './mutants-list.ts'

const ADDRESSES = 'src/keycloak/assert-realm-addresses.ts'
const INSPECTION = 'src/keycloak/inspect-realm.ts'

/** Checks of what a realm is written with, and of what `ready()` sees of a realm. */
export const KEYCLOAK_MUTANTS: readonly Mutant[] = [
  {
    name: 'a redirect URI may hold a wildcard',
    file: ADDRESSES,
    find: "if (uri.includes('*')) {",
    replace: "if (uri === '') {",
  },
  {
    name: 'a private-use scheme needs no dot',
    file: ADDRESSES,
    find: '(?:\\.[a-z0-9+-]+)+:',
    replace: '(?:\\.[a-z0-9+-]+)*:',
  },
  {
    name: 'a redirect URI may be plain http anywhere',
    file: ADDRESSES,
    find: "protocol === 'http:' && !LOOPBACK.test(hostname)",
    replace: "protocol === 'http:' && hostname === ''",
  },
  {
    name: 'a redirect URI may have a fragment or credentials',
    file: ADDRESSES,
    find: '  const fault = urlFault(uri, true)\n',
    replace: '  const fault = undefined as string | undefined\n',
  },
  {
    name: 'a private-use redirect URI may have a fragment',
    file: ADDRESSES,
    find: 'const fault = urlFault(`https',
    replace: 'const fault = ((..._: unknown[]) => undefined)(`https',
  },
  {
    name: 'a private-use redirect URI may have credentials',
    file: ADDRESSES,
    find: "if (username !== '' || password !== '') return 'must be a redirect URI without credentials'",
    replace: "if (username === password && password !== '') return 'must have none'",
  },
  {
    name: 'a client may have any web origin',
    file: ADDRESSES,
    find: "return origin === '+' ? undefined : originFault(origin)",
    replace: "return origin === '' ? originFault(origin) : undefined",
  },
  {
    name: 'any browser may register clients',
    file: ADDRESSES,
    find: "assertEach('registration.webOrigins', webOrigins, originFault)",
    replace: "assertEach('registration.webOrigins', [], originFault)",
  },
  {
    name: 'a trusted host may be a pattern',
    file: ADDRESSES,
    find: '(HOST_NAME.test(host) && read === host)',
    replace: "read !== ''",
  },
  {
    name: 'a document host may be a pattern',
    file: ADDRESSES,
    find: "assertEach('registration.documentHosts', documentHosts, trustedHostFault)",
    replace: "assertEach('registration.documentHosts', [], trustedHostFault)",
  },
  {
    name: 'redirect URIs of clients that are named are not judged',
    file: ADDRESSES,
    find: 'client.redirectUris, redirectUriFault',
    replace: '[], redirectUriFault',
  },
  {
    name: 'a scope that everybody gets is not warned of',
    file: INSPECTION,
    find: 'if (audiences.includes(resource)) {',
    replace: 'if (audiences.length > 9) {',
  },
  {
    name: 'a token without resource is not warned of where exclusiveAudience is missing',
    file: INSPECTION,
    find: 'return !exclusiveAudience || audiences.every',
    replace: 'return exclusiveAudience && audiences.every',
  },
  {
    name: 'a realm that ignores resource causes no warning',
    file: INSPECTION,
    find: 'if (withResource.status === 200) {',
    replace: 'if (withResource.status === 299) {',
  },
  {
    name: 'an inspection that fails keeps the server from starting',
    file: 'src/authorization-server/inspection.ts',
    find: '  } catch {\n    // The operator gets no warning, and the server starts.',
    replace: '  } catch (error) {\n    if (error !== undefined) throw error',
  },
]
