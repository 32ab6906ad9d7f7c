import { withoutToken } from '../redaction.ts'

/** Shortest secret that is removed. Shorter texts occur by chance, and removing them tells what they are. */
const SHORTEST = 6

/** Lengths of the beginning of a secret that is removed if a text was cut there. Longer ones are pieces. */
const BEGINNINGS = [11, 10, 9, 8, 7, 6, 5, 4]

/**
 * Makes a function that removes secrets from a text, in the forms in which a server may repeat them: as
 * sent, escaped for JSON, encoded for a URL or a form, and in Base64, alone or as a part of Basic credentials.
 *
 * @internal
 */
export function redactorOf(secrets: readonly string[]): (text: string) => string {
  const forms = secrets.filter((secret) => secret.length >= SHORTEST).flatMap(formsOf)
  return (text) => {
    // Whole forms first: forms resemble each other, and the pieces of one would tear another apart.
    const whole = forms.reduce((rest, form) => rest.replaceAll(form, '[secret]'), text)
    return forms.reduce(withoutPieces, whole)
  }
}

function withoutPieces(text: string, form: string): string {
  const rest = withoutToken(text, form)
  return BEGINNINGS.filter((length) => length < form.length).reduce(
    (cut, length) => cut.replaceAll(`${form.slice(0, length)}…`, '[secret]…'),
    rest,
  )
}

function formsOf(secret: string): readonly string[] {
  const encoded = [
    encodeURIComponent(secret),
    // A form has + for a blank, and escapes more characters.
    new URLSearchParams({ _: secret }).toString().slice(2),
  ].flatMap((one) => [one, one.replace(/%../g, (escaped) => escaped.toLowerCase())])
  const written = new Set([secret, ...encoded])
  const inBase64 = [...written].flatMap(base64Of)
  const inJson = [...written].map((one) => JSON.stringify(one).slice(1, -1))
  return [...new Set([...written, ...inJson, ...inBase64])].filter(
    ({ length }) => length >= SHORTEST,
  )
}

/** What a secret looks like inside of a longer text in Base64, which may begin at each of three places. */
function base64Of(secret: string): readonly string[] {
  return [0, 1, 2].flatMap((before) => {
    const bytes = Buffer.concat([Buffer.alloc(before), Buffer.from(secret)])
    // The characters at both ends also contain bits of the neighbours.
    const [from, to] = [Math.ceil((before * 8) / 6), Math.floor((bytes.length * 8) / 6)]
    return (['base64', 'base64url'] as const).map((name) => bytes.toString(name).slice(from, to))
  })
}
