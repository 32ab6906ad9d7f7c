import { printable, withoutCredentials } from '../quoted.ts'

/** A JWT, or its beginning: the Base64 of a JSON object. */
const JWT = /\be(?:yJ|yA|wo|w0|wk)[\w-]{8,}[\w.-]*/g

/** A word, which may be a URL. */
const WORD = /[^\s"]+/g

/**
 * A message without the tokens and passwords that somebody has put in a wrong place, and without what draws
 * on a terminal: messages quote arguments, variables and the values of configuration files.
 *
 * @internal
 */
export function safeMessage(message: string): string {
  const safe = message.replace(JWT, '[token]').replace(WORD, withoutCredentials)
  return safe.split('\n').map(printable).join('\n')
}
