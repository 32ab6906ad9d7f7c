import type { Mutant } from './mutants-list.ts'

/** Checks of the doctor, which calls foreign servers and prints what they say. */
export const DOCTOR_OUTSIDE_MUTANTS: readonly Mutant[] = [
  // where it goes
  {
    name: 'doctor follows redirects',
    file: 'src/doctor/outside/probe.ts',
    find: 'const reply = await agent.request({',
    replace: `const { interceptors } = await import('undici/index.js')
    const following = agent.compose(interceptors.redirect({ maxRedirections: 3 }))
    const reply = await following.request({`,
  },
  {
    name: 'doctor opens connections wherever a server sends it',
    file: 'src/doctor/outside/guarded-connector.ts',
    find: 'host === ownHost ? zoneOf(address) === from : mayReach(from, zoneOf(address)),',
    replace: 'host === ownHost ? zoneOf(address) === from : from !== undefined,',
  },
  {
    name: 'a public host sends the doctor to this machine by a second address of its own',
    file: 'src/doctor/outside/guarded-connector.ts',
    find: 'host === ownHost ? zoneOf(address) === from :',
    replace: 'host === ownHost ||',
  },
  {
    name: 'doctor calls a call good that had no answer',
    file: 'src/doctor/outside/observed-server.ts',
    find: 'call === undefined',
    replace: "call !== ''",
  },
  {
    name: 'doctor sends the address of a blob URL to the server',
    file: 'src/doctor/outside/resource-metadata.ts',
    find: ' && urlFault(named, true) === undefined',
    replace: '',
  },
  {
    name: 'an address of IPv6 that contains an address of IPv4 counts as public',
    file: 'src/doctor/outside/address-zone.ts',
    find: "      '::/3',\n",
    replace: '',
  },
  {
    name: 'doctor does not judge an address that is written as such',
    file: 'src/doctor/outside/guarded-connector.ts',
    find: 'const checked = isIP(host)',
    replace: 'const checked = isIP(host) < 0',
  },
  {
    name: 'doctor does not judge the addresses of a name',
    file: 'src/doctor/outside/guarded-connector.ts',
    find: '.then((found) => permitted(hostname, found))',
    replace: '.then((found) => found)',
  },
  {
    name: 'a server at a link-local address sends the doctor to others',
    file: 'src/doctor/outside/address-zone.ts',
    find: "return to !== 'reserved' && NEARNESS[to]",
    replace: 'return NEARNESS[to]',
  },
  {
    name: 'a host with a public and a loopback address counts as loopback',
    file: 'src/doctor/outside/address-zone.ts',
    find: "(NEARNESS[zone] < NEARNESS[far] ? zone : far), 'reserved')",
    replace: "(NEARNESS[zone] > NEARNESS[far] ? zone : far), 'public')",
  },
  {
    name: 'doctor fetches metadata from wherever the challenge says',
    file: 'src/doctor/outside/resource-metadata.ts',
    find: 'new URL(named).origin === origin &&',
    replace: '',
  },
  {
    name: 'doctor calls issuers without https',
    file: 'src/doctor/outside/resource-members.ts',
    find: 'return allowInsecureHttp\n',
    replace: 'return true\n',
  },
  {
    name: 'doctor calls a thousand issuers',
    file: 'src/doctor/outside/resource-members.ts',
    find: 'return unique.slice(0, MAX_ISSUERS).filter(',
    replace: 'return unique.filter(',
  },
  {
    name: 'doctor fetches the keys of another issuer',
    file: 'src/doctor/outside/issuer-metadata.ts',
    find: 'const own = read.filter(({ members }) => members.issuer === issuer)',
    replace: 'const own = read',
  },
  {
    name: 'doctor checks the certificate for the host that it claims',
    file: 'src/doctor/outside/guarded-connector.ts',
    find: "{ ...target, servername: isIP(host) ? '' : host },",
    replace: 'target,',
  },
  // how long and how much
  {
    name: 'doctor reads bodies of any length',
    file: 'src/doctor/outside/probe.ts',
    find: 'if (size > MAX_BODY) {',
    replace: 'if (size < 0) {',
  },
  {
    name: 'doctor waits for an examination that hangs',
    file: 'src/doctor/examination.ts',
    find: 'await leaveOnAbort(examination.examine(report, signal), signal)',
    replace: 'await examination.examine(report, signal)',
  },
  // what it prints
  {
    name: 'a finding draws on the terminal',
    file: 'src/doctor/finding.ts',
    find: 'const line = printable(text.slice(0, LONGEST))',
    replace: 'const line = text.slice(0, LONGEST)',
  },
  {
    name: 'quoted texts turn their direction',
    file: 'src/quoted.ts',
    find: '/[\\p{Cc}\\p{Cf}\\p{Cs}\\p{Zl}\\p{Zp}]/gu',
    replace: '/[\\p{Cc}\\p{Zl}\\p{Zp}]/gu',
  },
  {
    name: 'a report repeats the token that a server repeats',
    file: 'src/doctor/examination.ts',
    find: 'seen: redact(finding.seen)',
    replace: 'seen: finding.seen',
  },
  {
    name: 'a report repeats Basic credentials',
    file: 'src/doctor/redacted-secrets.ts',
    find: '[...written, ...inJson, ...inBase64]',
    replace: '[...written, ...inJson]',
  },
  // what it sends
  {
    name: 'doctor sends a token over plain http',
    file: 'src/cli/doctor-flags.ts',
    find: 'if (token !== undefined && urlFault(url, allowInsecureHttp) !== undefined) {',
    replace: "if (token === '') {",
  },
  {
    name: 'doctor takes a secret though nobody named the issuer that gets it',
    file: 'src/cli/doctor-flags.ts',
    find: 'if (flags[name] !== undefined) throw',
    replace: 'if (flags[name] === null) throw',
  },
  {
    name: 'doctor says nothing of a secret that others can read',
    file: 'src/cli/doctor-flags.ts',
    find: 'if (flags[flag as keyof typeof SECRET_FLAGS] === undefined) continue',
    replace: "if (flag !== '') continue",
  },
  // what it finds
  {
    name: 'doctor passes over a server that needs no token',
    file: 'src/doctor/outside/challenge.ts',
    find: "letsIn(answer) ? 'ANSWERED_WITHOUT_TOKEN' : 'NOT_CHALLENGED'",
    replace: "'NOT_CHALLENGED'",
  },
  {
    name: 'doctor does not try an unsigned JWT',
    file: 'src/doctor/outside/forged-token.ts',
    find: "['an unsigned JWT', unsignedJwt(server)],",
    replace: '',
  },
  {
    name: 'doctor passes over private keys in public',
    file: 'src/doctor/outside/issuer-keys.ts',
    find: 'if (hasPrivateMembers(key))',
    replace: 'if (hasPrivateMembers({}))',
  },
  // what is printed
  {
    name: 'doctor prints secrets in the Base64 of a longer text',
    file: 'src/doctor/redacted-secrets.ts',
    find: 'return [0, 1, 2].flatMap(',
    replace: 'return [0].flatMap(',
  },
  {
    name: 'doctor prints the beginning of a secret at which a text was cut',
    file: 'src/doctor/redacted-secrets.ts',
    find: 'BEGINNINGS.filter((length) => length < form.length)',
    replace: 'BEGINNINGS.filter((length) => length < 0)',
  },
  {
    name: 'the command line repeats a token that stands in a wrong place',
    file: 'src/cli/safe-message.ts',
    find: ".replace(JWT, '[token]')",
    replace: '',
  },
  {
    name: 'the command line repeats the password in a URL',
    file: 'src/cli/safe-message.ts',
    find: ".replace(CREDENTIALS, '//…@')",
    replace: '',
  },
  {
    name: 'messages of the command line draw on the terminal',
    file: 'src/cli/safe-message.ts',
    find: 'safe.split(',
    replace: 'safe || safe.split(',
  },
  {
    name: 'a long name in a challenge is read again from each of its letters',
    file: 'src/doctor/outside/challenges.ts',
    find: "(?<![!#$%&'*+\\-.^_`|~0-9A-Za-z])",
    replace: '',
  },
]
