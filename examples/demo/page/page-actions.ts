import type { DecisionFeed } from './decision-feed.ts'
import type { DemoAuthorizationServer, Unable } from './demo-authorization-server.ts'
import type { ActionAnswer, PageAction } from './page-settings.ts'

/** What the buttons of the page do on the server's side. */
export interface PageActions {
  readonly unable: Readonly<Partial<Record<PageAction, string>>>
  readonly outage: boolean
  /** @throws {Error} if the authorization server cannot do it */
  perform(action: PageAction): Promise<ActionAnswer>
}

export function createPageActions(
  authorizationServer: DemoAuthorizationServer,
  feed: DecisionFeed,
): PageActions {
  const { expiredToken, otherAudienceToken, boundToken, newKeyToken, logOut, outage } =
    authorizationServer
  let isDown = false
  const perform: Record<PageAction, () => Promise<ActionAnswer>> = {
    'expired-token': async () => ({ token: await able(expiredToken)() }),
    'other-audience-token': async () => ({ token: await able(otherAudienceToken)() }),
    'bound-token': async () => ({ token: await able(boundToken)() }),
    async 'log-out'() {
      const subject = feed.lastSubject()
      if (subject === undefined) return { error: 'Nobody has signed in.' }
      feed.note(`The authorization server ends the session of ${subject}.`)
      await able(logOut)(subject)
      return {}
    },
    async 'outage-start'() {
      const token = typeof newKeyToken === 'function' && !isDown ? await newKeyToken() : undefined
      await able(outage).start()
      isDown = true
      feed.note('The authorization server is down.')
      return token === undefined ? {} : { token }
    },
    async 'outage-end'() {
      await able(outage).end()
      isDown = false
      feed.note('The authorization server is up again.')
      return {}
    },
    async reset() {
      if (isDown) await perform['outage-end']()
      feed.reset()
      return {}
    },
  }
  const abilities: Partial<Record<PageAction, unknown>> = {
    'expired-token': expiredToken,
    'other-audience-token': otherAudienceToken,
    'bound-token': boundToken,
    'log-out': logOut,
    'outage-start': outage,
  }
  const reasons = Object.entries(abilities).flatMap(([action, ability]) =>
    isUnable(ability) ? [[action, ability.because]] : [],
  )
  return {
    unable: Object.fromEntries(reasons),
    get outage() {
      return isDown
    },
    perform: (action) => perform[action](),
  }
}

function isUnable(ability: unknown): ability is Unable {
  return typeof ability === 'object' && ability !== null && 'because' in ability
}

function able<Ability>(ability: Ability | Unable): Ability {
  if (isUnable(ability)) throw new Error(ability.because)
  return ability
}
