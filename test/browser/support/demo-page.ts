/** The demo page, as its reader sees and uses it. */
import type { Page } from 'playwright-core'
import { expect } from 'vitest'
import { listenToDecisions } from '../../support/events.ts'

export class DemoPageView implements Disposable {
  readonly #page: Page
  /** What the gate told in this process: the page has to show the same. */
  readonly #told = listenToDecisions()

  constructor(page: Page) {
    this.#page = page
  }

  async press(button: string): Promise<void> {
    // The sentence of the step before.
    await this.#page.evaluate("document.querySelector('[role=status]').textContent = ''")
    this.#told.clear()
    await this.#page.getByRole('button', { name: button, exact: true }).click()
  }

  /** Waits until the page says this of the step. */
  async says(sentence: string | RegExp): Promise<void> {
    await this.#page.getByRole('status').filter({ hasText: sentence }).waitFor()
  }

  /** Presses a button, and waits for what the page says then. */
  async does(button: string, sentence: string | RegExp): Promise<void> {
    await this.press(button)
    await this.says(sentence)
  }

  /** What the page shows of the gate's decisions since the last button, such as `401 token_expired`. */
  async verdicts(): Promise<readonly string[]> {
    const told = (): string[] =>
      this.#told.events.map(({ status, reason }) => [status, reason].filter(Boolean).join(' '))
    await expect.poll(() => this.#shown()).toEqual(told())
    return told()
  }

  /** How the caller of the last allowed request proved that the token is its own. */
  possession(): readonly string[] {
    return this.#told.events.findLast(({ outcome }) => outcome === 'allowed')?.possession ?? []
  }

  /** What else happened since the last button, such as a revocation. */
  async notes(): Promise<readonly string[]> {
    return this.#lastChapter().locator('li.note').allInnerTexts()
  }

  [Symbol.dispose](): void {
    this.#told[Symbol.dispose]()
  }

  async #shown(): Promise<readonly string[]> {
    return this.#lastChapter()
      .locator('li[data-outcome]')
      .evaluateAll((all) =>
        all.map((one) =>
          ['data-status', 'data-reason']
            .map((name) => one.getAttribute(name))
            .filter(Boolean)
            .join(' '),
        ),
      )
  }

  #lastChapter() {
    return this.#page
      .getByRole('region', { name: 'What the gate decided' })
      .locator('li.chapter')
      .first()
  }
}
