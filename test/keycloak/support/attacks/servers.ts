import type { AttackedRealm } from '../attacked-realm.ts'
import { hostileServer } from '../hostile-server.ts'
import { MAJORS, visit } from '../stock.ts'
import { alice, atGate, OPENS, type Row } from '../who-gets-what.ts'
import { adding, attackBy, NOT_CHANGED, OTHER_AUDIENCE, signsIn } from './attempts.ts'

// Servers that are shown tokens of the realm, and try them at another server.

const byShop = attackBy('2', 'web shop')
const byOtherServer = attackBy('3', 'other server of the realm')

export const BY_SERVERS: readonly Row[] = [
  byShop('replays its users’ tokens at the MCP server', OTHER_AUDIENCE, (world) =>
    signsIn(world, 'shop', { scope: 'openid' }),
  ),
  byShop('asks for the server’s scope', 'Keycloak: Invalid scopes: openid notes:read', (world) =>
    signsIn(world, 'shop', { scope: 'openid notes:read' }),
  ),
  byOtherServer('replays the tokens that it was called with', OTHER_AUDIENCE, (world) =>
    signsIn(world, 'mcp-client', { scope: 'mail:read', resource: world.mail.url }),
  ),
  byOtherServer(
    'replays the tokens of a client that sends no `resource`',
    OTHER_AUDIENCE,
    (world) => signsIn(world, 'mcp-client', { scope: 'mail:read' }),
  ),
  byOtherServer(
    'replays the tokens of a client that asked for both scopes, for the other server',
    OTHER_AUDIENCE,
    (world) =>
      signsIn(world, 'mcp-client', { scope: 'notes:read mail:read', resource: world.mail.url }),
  ),
  byOtherServer('is added with the scope name of the first', NOT_CHANGED, (world) =>
    adding(
      world,
      {
        resource: 'http://127.0.0.1:9/mcp',
        scopes: ['notes:read'],
        existingClients: ['mcp-client'],
      },
      'client scope notes:read',
    ),
  ),
]

/** A server elsewhere, which sends clients to our realm for our scope. */
export const BY_HOSTILE_SERVERS: readonly Row[] = MAJORS.flatMap((major) =>
  (['registers itself', 'is pre-registered'] as const).flatMap((how) => {
    const choices = how === 'registers itself' ? {} : { clientId: 'mcp-client' }
    const harvest = (metadata: 'protected resource' | 'authorization server' | 'mix-up') => {
      return async ({ realm, notes }: AttackedRealm): Promise<string> => {
        const hostile = await hostileServer(realm.issuer, 'notes:read', metadata, notes.url)
        try {
          const { outcome } = await visit(major, hostile.url, alice(), choices)
          const [token] = hostile.harvest
          return token === undefined
            ? `client: ${outcome.split(' in authorization')[0]}`
            : await atGate(notes, token)
        } finally {
          await hostile.close()
        }
      }
    }
    const attack = attackBy('4', `hostile server; stock client ${major} ${how}`)
    const isV1 = major === 'v1'
    return [
      attack(
        'harvests tokens with protected resource metadata that name our realm and our scope',
        'client: The requested resource is invalid, missing, unknown, or malformed.',
        harvest('protected resource'),
        OPENS,
      ),
      attack(
        'harvests tokens with our realm’s metadata at its own origin, and none of its own',
        isV1 ? OTHER_AUDIENCE : 'client: Issuer mismatch',
        harvest('authorization server'),
        isV1 ? OPENS : undefined,
      ),
      attack(
        'harvests codes with metadata of its own that name our realm’s sign-in page',
        isV1 ? OPENS : 'client: Issuer mismatch',
        harvest('mix-up'),
      ),
    ]
  }),
)
