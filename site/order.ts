/** A part of the sidebar: its title, and the files of its pages in the order of the sidebar. */
export interface Section {
  readonly title: string
  /** Files, with a shorter name than their heading where that is too long for the sidebar. */
  readonly pages: Readonly<Record<string, string>>
}

/**
 * The order of the sidebar. `test/checks/site-order.test.ts` compares it with the files, so a new page of `docs/`
 * or `examples/` needs a line here. The site shows a page without a line too, under "More".
 */
export const ORDER: readonly Section[] = [
  {
    title: 'Start',
    pages: {
      'README.md': 'Overview',
      'docs/quick-start-keycloak.md': 'Ten minutes with Keycloak',
      'docs/adapters.md': 'Adapters',
      'docs/options.md': 'Options',
      'docs/testing.md': 'Test your server',
      'docs/doctor.md': 'Find out what is wrong',
      'docs/explain.md': 'Why a token is refused',
    },
  },
  {
    title: 'Coming from',
    pages: {
      'docs/coming-from-requirebearerauth.md': 'requireBearerAuth',
      'docs/coming-from-mcp-auth.md': 'mcp-auth',
      'docs/coming-from-express-oauth2-jwt-bearer.md': 'express-oauth2-jwt-bearer',
      'docs/coming-from-fastmcp.md': 'FastMCP',
      'docs/comparison.md': 'The whole comparison',
    },
  },
  {
    title: 'Authorization servers and clients',
    pages: {
      'docs/keycloak.md': 'Keycloak',
      'docs/realm.md': 'Who gets which token',
      'docs/authorization-servers.md': 'Other servers',
      'examples/personas/desktop-client.md': 'Desktop clients',
      'docs/clients.md': 'What clients are known to do',
    },
  },
  {
    title: 'What is allowed',
    pages: {
      'docs/checks.md': 'What the gate checks',
      'docs/reasons.md': 'Reasons',
      'docs/tokens.md': 'Tokens',
      'docs/policy.md': 'Tool permissions',
      'docs/sessions.md': 'Sessions, streams, browsers',
      'docs/sender-constraint.md': 'Bound tokens',
      'docs/revocation.md': 'Logout and revocation',
    },
  },
  {
    title: 'Operation',
    pages: {
      'docs/behind-a-proxy.md': 'Behind a proxy',
      'docs/shared-store.md': 'Several instances',
      'docs/scaling.md': 'Scaling',
      'docs/telemetry.md': 'Telemetry',
      'docs/events.md': 'Events and traces',
      'docs/runtimes.md': 'Node, bundlers, test runners',
    },
  },
  {
    title: 'Examples',
    pages: {
      'examples/demo/README.md': 'The demo and its page',
      'examples/tutorial/README.md': 'The tutorial’s server',
      'examples/frameworks/README.md': 'Frameworks',
      'examples/capabilities/README.md': 'Tool, resource and prompt',
      'examples/policy/README.md': 'A policy',
      'examples/personas/README.md': 'Roles and tools',
      'examples/downstream-api/README.md': 'Token exchange',
      'examples/external-provider/README.md': 'External identity provider',
      'examples/several-instances/README.md': 'Several instances',
      'examples/other-languages/README.md': 'Another language',
      'examples/telemetry/README.md': 'Telemetry',
      'examples/logs/README.md': 'Logs',
    },
  },
  {
    title: 'Project',
    pages: {
      'docs/security.md': 'Threat model',
      'SECURITY.md': 'Report a vulnerability',
      'docs/decisions.md': 'Decisions',
      'docs/versioning.md': 'Versioning',
      'CHANGELOG.md': 'Changelog',
      'CONTRIBUTING.md': 'Contributing',
      'CODE_OF_CONDUCT.md': 'Code of conduct',
    },
  },
]
