import { withoutToken } from '../redaction.ts'

/** Shortest secret that is removed. Shorter texts occur by chance, and removing them tells what they are. */
const SHORTEST = 6

/**
 * Makes a function that removes secrets from a text, in the forms in which a server may repeat them: as
 * sent, percent-encoded, and in Base64 as a part of Basic credentials.
 *
 * @param clientId is sent together with each secret
 * @internal
 */
export function redactorOf(
  secrets: readonly string[],
  clientId: string | undefined,
): (text: string) => string {
  const forms = secrets
    .filter((secret) => secret.length >= SHORTEST)
    .flatMap((secret) => {
      const encoded = encodeURIComponent(secret)
      const basic = [secret, encoded].map((password) =>
        Buffer.from(`${encodeURIComponent(clientId ?? '')}:${password}`).toString('base64'),
      )
      return [secret, encoded, ...basic]
    })
  return (text) =>
    forms.reduce((rest, form) => withoutToken(rest.replaceAll(form, '[secret]'), form), text)
}
