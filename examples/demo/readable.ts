/** The ends of a token, a secret or an id: enough to tell two apart, and useless to an attacker. */
export function shortened(secret: string): string {
  return secret.length > 12 ? `${secret.slice(0, 4)}…${secret.slice(-4)}` : secret
}

/** An address with its random parts cut short: codes, states, challenges, ids. */
export function readableUrl(address: string | URL): string {
  const url = new URL(address)
  const query = [...url.searchParams].map(([name, value]) => {
    const isPlain = value.length < 20 || /[:/ ]/.test(value)
    return `${name}=${isPlain ? value : shortened(value)}`
  })
  const path = url.pathname.replace(/[\w-]{40,}/g, shortened)
  return url.origin + path + (query.length > 0 ? `?${query.join('&')}` : '')
}

const random = new Set([
  'access_token',
  'refresh_token',
  'registration_access_token',
  'client_id',
  'client_secret',
  'registration_client_uri',
])

/** The members of an authorization server's metadata that an MCP client uses. */
const ofInterest = [
  'issuer',
  'authorization_endpoint',
  'token_endpoint',
  'registration_endpoint',
  'code_challenge_methods_supported',
]

/** A JSON answer with its random parts cut short, and with only the metadata that matters. */
export function readableBody(json: string): string {
  if (!json.startsWith('{')) return json
  const members = Object.entries(JSON.parse(json) as Record<string, unknown>)
  const isDiscovery = members.some(([name]) => name === 'authorization_endpoint')
  const shown = members
    .filter(([name]) => !isDiscovery || ofInterest.includes(name))
    .map(([name, value]) => [name, random.has(name) ? shortened(String(value)) : value])
  return JSON.stringify(Object.fromEntries(shown)) + (isDiscovery ? ' and more' : '')
}
