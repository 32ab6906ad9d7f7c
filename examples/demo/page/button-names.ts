export const DOWN = 'Authorization server down'
export const UP = 'Authorization server up'

/** The buttons of the page by name, in groups. */
export const GROUPS = {
  'As a user': ['Sign in', 'Call a tool', 'Step up', 'Open stream', 'Log out'],
  'As an attacker': ['No token', 'Expired token', 'Wrong audience', 'Stolen bound token'],
  'As an operator': [DOWN, 'Reset'],
} as const

/** The names of all buttons. The button of the outage has two names, after what it does next. */
export type ButtonName = (typeof GROUPS)[keyof typeof GROUPS][number] | typeof UP
