import { type Running, serve } from './examples.ts'
import { REDIRECT_URL } from './mcp-client.ts'

/**
 * Serves metadata documents of clients. The address of a document is the id of its client.
 *
 * @param changesAt what is different about the document at a path
 */
export const serveDocuments = (changesAt: (path: string) => object | undefined): Promise<Running> =>
  serve((origin) => (request, response) => {
    const document = {
      client_id: `${origin}${request.url}`,
      client_name: 'A client with a document',
      client_uri: origin,
      redirect_uris: [REDIRECT_URL],
      grant_types: ['authorization_code', 'refresh_token'],
      response_types: ['code'],
      token_endpoint_auth_method: 'none',
      ...changesAt(request.url ?? ''),
    }
    response.setHeader('content-type', 'application/json').end(JSON.stringify(document))
  })
