/** The demo page, as its reader sees and uses it. */
import type { Page } from 'playwright-core'

/** A decision of the gate, as the page shows it. */
export interface ShownDecision {
  readonly outcome: string
  readonly status: number
  readonly reason: string
}

export class DemoPageView {
  readonly #page: Page

  constructor(page: Page) {
    this.#page = page
  }

  async press(name: string): Promise<void> {
    await this.#page.getByRole('button', { name, exact: true }).click()
  }

  /** Waits until the page says this of the last step. */
  async says(sentence: string | RegExp): Promise<void> {
    await this.#page.getByRole('status').filter({ hasText: sentence }).waitFor()
  }

  /** Presses a button, and waits for what the page says then. */
  async does(name: string, sentence: string | RegExp): Promise<void> {
    await this.press(name)
    await this.says(sentence)
  }

  /** The decisions of the last button, in the order of time. */
  async decisions(): Promise<readonly ShownDecision[]> {
    const items = this.#page.getByRole('region', { name: 'What the gate decided' })
    const chapter = items.locator('.chapter').first()
    const shown = await chapter.locator('li[data-outcome]').evaluateAll((all) =>
      all.map((one) => ({
        outcome: one.getAttribute('data-outcome') ?? '',
        status: Number(one.getAttribute('data-status')),
        reason: one.getAttribute('data-reason') ?? '',
      })),
    )
    return shown
  }

  /** The same as `401 token_expired`, without the reason of what was allowed. */
  async verdicts(): Promise<readonly string[]> {
    return (await this.decisions()).map(({ status, reason }) => `${status} ${reason}`.trim())
  }
}
