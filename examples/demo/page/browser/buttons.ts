import { type ButtonName, DOWN, GROUPS, UP } from '../button-names.ts'
import type { PageAction, PageSettings } from '../page-settings.ts'
import { byId, element } from './element.ts'

/** The actions of the server that a button needs. */
const NEEDS: Readonly<Partial<Record<ButtonName, PageAction>>> = {
  'Expired token': 'expired-token',
  'Wrong audience': 'other-audience-token',
  'Log out': 'log-out',
  [DOWN]: 'outage-start',
}

const made = new Map<string, HTMLButtonElement>()

/** Makes the buttons. A button that the authorization server cannot serve is disabled, with the reason. */
export function showButtons(
  { unable, outage }: PageSettings,
  press: (name: ButtonName) => void,
): void {
  const groups = Object.entries(GROUPS).map(([title, names]) => {
    const id = `group-${title.replaceAll(' ', '-')}`
    const reasons: HTMLElement[] = []
    const buttons = names.map((name) => {
      const because = unable[NEEDS[name] ?? 'reset']
      const reasonId = because === undefined ? undefined : `${id}-${reasons.length}`
      const button = element('button', { type: 'button', 'aria-describedby': reasonId }, name)
      button.addEventListener('click', () => press(button.textContent as ButtonName))
      if (because !== undefined) {
        button.disabled = true
        reasons.push(element('p', { class: 'muted', id: reasonId }, `${name}: ${because}`))
      }
      made.set(name, button)
      return button
    })
    return element(
      'div',
      { role: 'group', 'aria-labelledby': id },
      element('h3', { id }, title),
      element('div', { class: 'row' }, ...buttons),
      ...reasons,
    )
  })
  byId('buttons').replaceChildren(...groups)
  nameOutage(outage)
}

/** The button of the outage is named after what it does next. */
export function nameOutage(isDown: boolean): void {
  const button = made.get(DOWN)
  if (button !== undefined) button.textContent = isDown ? UP : DOWN
}

/** The first thing to do stands out until it is done. */
export function showNext(isSignedIn: boolean): void {
  made.get('Sign in')?.classList.toggle('first', !isSignedIn)
}

export function focusButton(name: ButtonName): void {
  made.get(name === UP ? DOWN : name)?.focus({ preventScroll: true })
}

export function markBusy(name: ButtonName, isBusy: boolean): void {
  const button = made.get(name === UP ? DOWN : name)
  if (isBusy) button?.setAttribute('aria-busy', 'true')
  else button?.removeAttribute('aria-busy')
}
