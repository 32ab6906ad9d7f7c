/** What a user does at Keycloak's own pages. */
import type { Page } from 'playwright-core'
import { ALICE } from './keycloak-realm.ts'

/** Types name and password into the login page. */
export async function signIn(tab: Page, { username, password } = ALICE): Promise<void> {
  await tab.fill('#username', username)
  await tab.fill('#password', password)
  await tab.click('#kc-login')
}

/** Agrees at the consent page. @returns what the page asked for */
export async function consent(tab: Page): Promise<string> {
  const yes = tab.locator('button[name=accept]')
  await yes.waitFor()
  const asked = await tab.locator('#kc-oauth').innerText()
  await yes.click()
  return asked
}

/** Confirms at the logout page. */
export async function confirmLogout(tab: Page): Promise<void> {
  await tab.click('#kc-logout')
}
