import { splitChallenges } from '../../http/list-fields.ts'

/** One challenge of a `WWW-Authenticate` field (RFC 9110 §11.6.1). @internal */
export interface Challenge {
  /** The scheme in lower case. */
  readonly scheme: string
  /** The parameters, by their names in lower case. */
  readonly parameters: ReadonlyMap<string, string>
}

const SCHEME = /^([!#$%&'*+\-.^_`|~0-9A-Za-z]+)(?:[ \t]+|$)/
/** A name begins where no name is before it; otherwise a long name would be read again from each letter. */
const PARAMETER =
  /(?<![!#$%&'*+\-.^_`|~0-9A-Za-z])([!#$%&'*+\-.^_`|~0-9A-Za-z]+)[ \t]*=[ \t]*(?:"((?:[^"\\]|\\.)*)"|([^\s,"]+))/g

/** Reads the challenges of a field. What is no challenge is left out. @internal */
export function readChallenges(field: string | undefined): readonly Challenge[] {
  return splitChallenges(field ?? '').flatMap((text) => {
    const [whole = '', scheme] = SCHEME.exec(text) ?? []
    if (scheme === undefined) return []
    const parameters = new Map<string, string>()
    for (const [, name = '', inQuotes, bare = ''] of text.slice(whole.length).matchAll(PARAMETER)) {
      parameters.set(name.toLowerCase(), inQuotes?.replace(/\\(.)/g, '$1') ?? bare)
    }
    return [{ scheme: scheme.toLowerCase(), parameters }]
  })
}

/** The challenge that a client reads first: Bearer, otherwise DPoP. @internal */
export function tokenChallenge(challenges: readonly Challenge[]): Challenge | undefined {
  return (
    challenges.find(({ scheme }) => scheme === 'bearer') ??
    challenges.find(({ scheme }) => scheme === 'dpop')
  )
}
