import type Provider from 'oidc-provider'

/** The only user. */
export const demoUser = 'demo-user'

/**
 * Replaces the login form and the consent page: signs the demo user in, grants what the client asked
 * for, and redirects the browser. The rest of the authorization code flow (cookies, redirects, PKCE,
 * single use of the code) is oidc-provider's own and is real.
 */
export function approveEverything(provider: Provider): void {
  provider.use(async (ctx, next) => {
    if (ctx.method !== 'GET' || !ctx.path.startsWith('/interaction/')) return next()
    const { prompt, grantId, session, params } = await provider.interactionDetails(ctx.req, ctx.res)

    if (prompt.name === 'login') {
      const login = { accountId: demoUser }
      ctx.status = 303
      ctx.redirect(await provider.interactionResult(ctx.req, ctx.res, { login }))
      return
    }

    const known = grantId === undefined ? undefined : await provider.Grant.find(grantId)
    const grant =
      known ??
      new provider.Grant({
        accountId: session?.accountId ?? demoUser,
        clientId: String(params.client_id),
      })
    const missing = prompt.details as {
      missingOIDCScope?: string[]
      missingOIDCClaims?: string[]
      missingResourceScopes?: Record<string, string[]>
    }
    grant.addOIDCScope((missing.missingOIDCScope ?? []).join(' '))
    grant.addOIDCClaims(missing.missingOIDCClaims ?? [])
    for (const [resource, scopes] of Object.entries(missing.missingResourceScopes ?? {})) {
      grant.addResourceScope(resource, scopes.join(' '))
    }
    const consent = { grantId: await grant.save() }
    ctx.status = 303
    ctx.redirect(await provider.interactionResult(ctx.req, ctx.res, { consent }))
  })
}
