import type { Mutant } from './mutants-list.ts'

/** The stream of security events, and its polls. */
export const REVOCATION_STREAM_MUTANTS: readonly Mutant[] = [
  {
    name: 'metadata of a transmitter may be another issuer’s',
    file: 'src/authorization-server/transmitter/transmitter-metadata.ts',
    find: 'if (members.issuer !== this.#parts.issuer) {',
    replace: 'if (members.issuer === undefined) {',
  },
  {
    name: 'endpoints of a transmitter are called as they are',
    file: 'src/authorization-server/transmitter/transmitter-metadata.ts',
    find: 'const fault = urlFault(url, allowInsecureHttp)',
    replace: 'const fault = undefined',
  },
  {
    name: 'what a transmitter says is repeated with the secrets in it',
    file: 'src/authorization-server/transmitter/transmitter.ts',
    find: 'return hidden ?',
    replace: 'return hidden && secrets.length > 9 ?',
  },
  {
    name: 'a refused token of the client is used on',
    file: 'src/authorization-server/transmitter/transmitter.ts',
    find: 'this.#token.forget(token)',
    replace: '',
  },
  {
    name: 'a token of the client may end the header it goes into',
    file: 'src/authorization-server/client-token.ts',
    find: '!BEARER_TOKEN.test(token)',
    replace: "token === ''",
  },
  {
    name: 'every stream of the client is taken',
    file: 'src/revocation/stream/stream-configuration.ts',
    find: 'if (stream.method !== DELIVERY_METHODS[delivery.method]) return false',
    replace: 'return true',
  },
  {
    name: 'a stream may be another issuer’s',
    file: 'src/revocation/stream/stream-configuration.ts',
    find: 'if (iss !== undefined && iss !== issuer) {',
    replace: "if (iss === '') {",
  },
  {
    name: 'a paused stream stays paused',
    file: 'src/revocation/stream/event-stream.ts',
    find: "    await this.#streams.setStatus(id, 'enabled', 'The receiver is there.')\n",
    replace: '',
  },
  {
    name: 'a disabled stream is enabled against the administrator',
    file: 'src/revocation/stream/event-stream.ts',
    find: "if (status !== 'paused') {",
    replace: "if (status === '') {",
  },
  {
    name: 'every event about the stream causes a call',
    file: 'src/revocation/repeated-attempt.ts',
    find: 'await this.#waiting.wait(Math.min(pause, jittered(leastPause)))',
    replace: '',
  },
  {
    name: 'running instances change the stream in turns',
    file: 'src/revocation/stream/event-stream.ts',
    find: 'this.#streams.settle(wanted, before === undefined)',
    replace: 'this.#streams.settle(wanted, true)',
  },
  {
    name: 'a verification event of another stream counts',
    file: 'src/revocation/stream/event-stream.ts',
    find: 'if (event.streamId !== undefined && event.streamId !== stream.id) return',
    replace: '',
  },
  {
    name: 'an event is acknowledged before it counts',
    file: 'src/revocation/stream/event-polling.ts',
    find: '      await this.#parts.events.accept(readSet(tokenId, set))\n',
    replace:
      '      this.#acknowledged.add(tokenId)\n      await this.#parts.events.accept(readSet(tokenId, set))\n',
  },
  {
    name: 'an event that could not be judged is refused for ever',
    file: 'src/revocation/stream/event-polling.ts',
    find: 'if (!(error instanceof RefusedMessage)) throw error\n      if (this',
    replace:
      "if (!(error instanceof RefusedMessage)) return void this.#refused.set(tokenId, setErrorOf(new RefusedMessage('key', '')))\n      if (this",
  },
  {
    name: 'an event with a key that is not known yet is refused at once',
    file: 'src/revocation/stream/event-polling.ts',
    find: 'if (now - since < this.#timing.patience) return true',
    replace: '',
  },
  {
    name: 'an event counts under the id of another one',
    file: 'src/revocation/stream/event-polling.ts',
    find: 'if (jti === tokenId) return set',
    replace: "if (jti !== '') return set",
  },
  {
    name: 'one answer may hold any number of events',
    file: 'src/revocation/stream/poll-answer.ts',
    find: 'Object.entries(sets).slice(0, maxEvents)',
    replace: 'Object.entries(sets).slice(0, 9 * maxEvents)',
  },
  {
    name: 'a transmitter can make this server poll without pause',
    file: 'src/revocation/stream/event-polling.ts',
    find: 'return answer.moreAvailable && progress',
    replace: 'return answer.moreAvailable',
  },
  {
    name: 'stream: a transmitter draws on the terminal',
    file: 'src/cli/stream-report.ts',
    find: 'return printable(text.slice(0, 500))',
    replace: 'return text',
  },
  {
    name: 'stream: everybody can read the file with the header',
    file: 'src/cli/stream-access.ts',
    find: "{ mode: 0o600, flag: 'wx' }",
    replace: "{ mode: 0o644, flag: 'wx' }",
  },
]
