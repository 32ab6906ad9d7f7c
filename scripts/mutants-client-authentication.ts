import type { Mutant } from './mutants-list.ts'

/** Checks of how this server proves who it is. */
export const CLIENT_AUTHENTICATION_MUTANTS: readonly Mutant[] = [
  {
    name: "client auth: an assertion is for the endpoint's URL",
    file: 'src/authorization-server/client-authentication/client-assertion.ts',
    find: "aud: audience === 'issuer' ? issuer :",
    replace: "aud: audience === 'issuer' ? url :",
  },
  {
    name: 'client auth: every assertion has the same jti',
    file: 'src/authorization-server/client-authentication/client-assertion.ts',
    find: 'jti: randomUUID()',
    replace: 'jti: randomUUID().slice(0, 0)',
  },
  {
    name: 'client auth: an assertion is valid for an hour',
    file: 'src/authorization-server/client-authentication/client-assertion.ts',
    find: 'exp: now + lifetime',
    replace: 'exp: now + 3600',
  },
  {
    name: 'client auth: an assertion is signed with an algorithm that the server does not accept',
    file: 'src/authorization-server/client-authentication/client-assertion.ts',
    find: 'accepted?.includes(name) ?? true',
    replace: 'accepted !== null || name',
  },
  {
    name: 'client auth: a refused secret is used for ever',
    file: 'src/authorization-server/form-call.ts',
    find: 'const renewed = await call.renew()\n  if (renewed',
    replace: 'const renewed = undefined as FormCall | undefined\n  if (renewed',
  },
  {
    name: 'client auth: a refused assertion at Keycloak is not made again with the new secret',
    file: 'src/authorization-server/form-call.ts',
    find: " || error === 'unauthorized_client'",
    replace: '',
  },
  {
    name: 'client auth: Keycloak refuses an assertion, and the message blames the permissions',
    file: 'src/keycloak/exchange-refusals.ts',
    find: "    ['unauthorized_client', 'Client authentication with ', 'client_refused'],\n",
    replace: '',
  },
  {
    name: 'client auth: a refused secret that did not change is sent again',
    file: 'src/authorization-server/client-authentication/credential.ts',
    find: 'return renewed === refused ? undefined : renewed',
    replace: 'return renewed',
  },
  {
    name: 'client auth: the function is asked for every refused call',
    file: 'src/authorization-server/client-authentication/credential.ts',
    find: 'if (current !== refused) return current\n      const renewed = await kept.refresh()',
    replace: 'const renewed = (void current, await load())',
  },
  {
    name: 'client auth: a message quotes the error of the function',
    file: 'src/authorization-server/client-authentication/credential.ts',
    find: 'deadline.aborted ? late : threw',
    replace:
      'deadline.aborted ? late : String(await Promise.resolve().then(ask).catch((error) => error))',
  },
  {
    name: 'client auth: a function that hangs holds its callers for ever',
    file: 'src/authorization-server/client-authentication/credential.ts',
    find: 'return await leaveOnAbort(Promise.resolve(ask()), deadline)',
    replace: 'return await ask()',
  },
  {
    name: 'client auth: a method that the server does not offer is used',
    file: 'src/authorization-server/client-authentication/oauth-client.ts',
    find: 'if (found !== undefined) return found',
    replace:
      'if ((found ?? allowed[0]) !== undefined) return (found ?? allowed[0]) as AllowedMethod',
  },
  {
    name: 'client auth: a certificate goes to a plain http URL',
    file: 'src/authorization-server/form-call.ts',
    find: "!url.startsWith('https:')",
    replace: "!url.startsWith('http')",
  },
  {
    name: 'client auth: a certificate is forgotten where fetch is the operator’s',
    file: 'src/authorization-server/client-authentication/create-oauth-client.ts',
    find: 'settings.clientCertificate !== undefined && http.replacedBy !== undefined',
    replace: 'settings === undefined && http.replacedBy !== undefined',
  },
  {
    name: 'client auth: a certificate with the key of another is accepted',
    file: 'src/authorization-server/client-authentication/client-certificate.ts',
    find: '    createSecureContext(identity)\n',
    replace: '    void createSecureContext\n',
  },
  {
    name: 'client auth: a short secret signs',
    file: 'src/jws/signer.ts',
    find: '.filter(([, least]) => key.length >= least)',
    replace: '.filter(([, least]) => key.length > 0 || least)',
  },
  {
    name: 'a weak private key signs',
    file: 'src/jws/signing-key.ts',
    find: "if ('fault' in found) return { fault: found.fault }\n",
    replace:
      "if ('fault' in found && !found.fault.startsWith('modulus')) return { fault: found.fault }\n  if ('fault' in found) return { key, publicJwk, algorithms: RSA_ALGORITHMS, keyId: undefined }\n",
  },
  {
    name: 'a signature in DER form is passed on',
    file: 'src/jws/own-signer.ts',
    find: 'if (fits) return',
    replace: 'if (fits || signature.length > 0) return',
  },
]
