import type { Answer, Echo } from './echo.ts'

/** Hands a web-standard request to the echo. Frameworks with a parser of their own give `body`. */
export async function answerWeb(
  echo: Echo,
  request: Request,
  authenticated: { readonly authInfo: unknown; readonly parsedBody?: unknown },
  body: () => Promise<unknown> = () => bodyOf(request),
  elsewhere: (name: string) => string | undefined = () => undefined,
): Promise<Response> {
  return toResponse(
    echo.answer({
      method: request.method,
      header: (name) => request.headers.get(name) ?? elsewhere(name),
      body: request.body === null ? undefined : await body(),
      auth: authenticated.authInfo,
      parsedBody: authenticated.parsedBody,
    }),
  )
}

async function bodyOf(request: Request): Promise<unknown> {
  const sent = await request.text()
  return sent === '' ? undefined : JSON.parse(sent)
}

export function toResponse({ status, headers, body }: Answer): Response {
  if (typeof body === 'string') {
    return new Response(body === '' ? null : body, { status, headers })
  }
  const encoder = new TextEncoder()
  let stop = (): void => {}
  const stream = new ReadableStream<Uint8Array>({
    start(controller) {
      stop = body((event) => {
        try {
          controller.enqueue(encoder.encode(event))
        } catch {
          // So a cancelled stream says it to a handler that has not listened.
        }
      })
    },
    cancel() {
      stop()
    },
  })
  return new Response(stream, { status, headers })
}
