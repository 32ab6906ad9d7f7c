import type { SignatureAlgorithm } from '../jws/algorithms.ts'
import { keycloakAlgorithm } from './realm-clients.ts'
import type { RealmRegistration } from './realm-options.ts'
import type { ComponentRepresentation } from './realm-representation.ts'

const KEYS = 'org.keycloak.keys.KeyProvider'
const POLICIES = 'org.keycloak.services.clientregistration.policy.ClientRegistrationPolicy'

const CURVES: Partial<Record<SignatureAlgorithm, string>> = {
  ES256: 'P-256',
  ES384: 'P-384',
  ES512: 'P-521',
}

/**
 * Makes the key providers and the registration policies of a realm. If an imported realm has components
 * of a kind, Keycloak does not add its defaults of that kind. So both lists are complete.
 *
 * @internal
 */
export function realmComponents(
  algorithms: readonly SignatureAlgorithm[],
  registration: RealmRegistration,
  /** Scopes that a client may name when it registers itself, in addition to the realm's default scopes. */
  scopes: readonly string[],
): Readonly<Record<string, readonly ComponentRepresentation[]>> {
  return {
    [KEYS]: [
      ...algorithms.map(signingKey),
      // Keycloak needs these keys for encrypted requests, refresh tokens and cookies.
      key('rsa-enc-generated', 'rsa-enc-generated', { algorithm: ['RSA-OAEP'] }),
      key('hmac-generated', 'hmac-generated', { algorithm: ['HS512'] }),
      key('aes-generated', 'aes-generated', {}),
    ],
    [POLICIES]: [
      ...anonymousPolicies(registration),
      ...(['anonymous', 'authenticated'] as const).flatMap((subType) => [
        policy('Consent Required', 'consent-required', subType, {}),
        policy('Full Scope Disabled', 'scope', subType, {}),
        policy('Allowed Client Scopes', 'allowed-client-templates', subType, {
          'allow-default-scopes': ['true'],
          'allowed-client-scopes': scopes,
        }),
        // A mapper can put any claim into tokens, so a client may not register mappers.
        policy('Allowed Protocol Mapper Types', 'allowed-protocol-mappers', subType, {
          'allowed-protocol-mapper-types': ['oidc-sha256-pairwise-sub-mapper'],
        }),
        policy('Allowed Registration Web Origins', 'registration-web-origins', subType, {
          'web-origins': registration.webOrigins ?? [],
        }),
      ]),
    ],
  }
}

function signingKey(algorithm: SignatureAlgorithm, place: number): ComponentRepresentation {
  const name = keycloakAlgorithm(algorithm)
  const priority = String(200 - place)
  const curve = CURVES[algorithm]
  if (curve !== undefined) {
    return key(name, 'ecdsa-generated', { ecdsaEllipticCurveKey: [curve] }, priority)
  }
  return name === 'EdDSA'
    ? key(name, 'eddsa-generated', { eddsaEllipticCurveKey: ['Ed25519'] }, priority)
    : key(name, 'rsa-generated', { algorithm: [name] }, priority)
}

function key(
  name: string,
  providerId: string,
  config: Readonly<Record<string, readonly string[]>>,
  priority = '100',
): ComponentRepresentation {
  return { name, providerId, config: { priority: [priority], ...config } }
}

function anonymousPolicies(registration: RealmRegistration): ComponentRepresentation[] {
  const { trustedHosts = [], matchSender = true, maxClients = 200 } = registration
  return [
    policy('Trusted Hosts', 'trusted-hosts', 'anonymous', {
      'trusted-hosts': trustedHosts,
      'host-sending-registration-request-must-match': [String(matchSender)],
      'client-uris-must-match': ['true'],
    }),
    policy('Max Clients Limit', 'max-clients', 'anonymous', {
      'max-clients': [String(maxClients)],
    }),
  ]
}

function policy(
  name: string,
  providerId: string,
  subType: 'anonymous' | 'authenticated',
  config: Readonly<Record<string, readonly string[]>>,
): ComponentRepresentation {
  return { name, providerId, subType, config }
}
