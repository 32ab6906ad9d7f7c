/** A part of the sidebar: its title, and the files of its pages in the order of the sidebar. */
export interface Section {
  readonly title: string
  /** Files, with a shorter name than their heading where that is too long for the sidebar. */
  readonly pages: Readonly<Record<string, string>>
}

/**
 * The order of the sidebar. `test/checks/site-order.test.ts` compares it with the files, so a new page of `docs/`
 * or `examples/` needs a line here. The site itself shows a page without a line too, under "More".
 */
export const ORDER: readonly Section[] = [
  {
    title: 'Start',
    pages: {
      'README.md': 'Overview',
      'docs/quick-start-keycloak.md': 'Ten minutes with Keycloak',
      'examples/tutorial/README.md': 'Tutorial',
      'docs/testing.md': 'Test your server',
      'docs/options.md': 'Options',
    },
  },
  {
    title: 'Coming from',
    pages: {
      'docs/coming-from-requirebearerauth.md': 'requireBearerAuth',
      'docs/coming-from-mcp-auth.md': 'mcp-auth',
      'docs/coming-from-express-oauth2-jwt-bearer.md': 'express-oauth2-jwt-bearer',
      'docs/coming-from-fastmcp.md': 'FastMCP',
    },
  },
  {
    title: 'Authorization servers',
    pages: {
      'docs/keycloak.md': 'Keycloak in full',
      'docs/realm.md': 'Who gets a token',
      'docs/authorization-servers.md': 'Other authorization servers',
      'docs/sender-constraint.md': 'DPoP and client certificates',
      'docs/revocation.md': 'Revocation',
    },
  },
  {
    title: 'Clients',
    pages: {
      'docs/clients.md': 'What clients do',
      'examples/personas/desktop-client.md': 'Connect a desktop client',
    },
  },
  {
    title: 'Operation',
    pages: {
      'docs/behind-a-proxy.md': 'Behind a proxy',
      'docs/scaling.md': 'Several instances',
      'docs/shared-store.md': 'The shared store',
      'docs/telemetry.md': 'Telemetry',
      'docs/doctor.md': 'doctor',
      'docs/explain.md': 'explain',
      'docs/reasons.md': 'Reasons',
    },
  },
  {
    title: 'Examples',
    pages: {
      'examples/frameworks/README.md': 'Frameworks',
      'examples/policy/README.md': 'Tool permissions',
      'examples/capabilities/README.md': 'Capabilities',
      'examples/downstream-api/README.md': 'Token exchange',
      'examples/external-provider/README.md': 'External provider',
      'examples/personas/README.md': 'Personas',
      'examples/several-instances/README.md': 'Several instances',
      'examples/telemetry/README.md': 'Telemetry',
      'examples/logs/README.md': 'Logs',
    },
  },
  {
    title: 'Project',
    pages: {
      'docs/security.md': 'Threat model',
      'SECURITY.md': 'Report a vulnerability',
      'docs/versioning.md': 'Versioning',
      'CHANGELOG.md': 'Changelog',
      'docs/decisions.md': 'Decisions',
      'CONTRIBUTING.md': 'Contributing',
      'CODE_OF_CONDUCT.md': 'Code of conduct',
    },
  },
]
