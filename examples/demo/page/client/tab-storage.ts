/** Values that outlive the way to the authorization server and back. */
export function stored<T>(name: string): T | undefined {
  const text = sessionStorage.getItem(name)
  return text === null ? undefined : (JSON.parse(text) as T)
}

/** `undefined` removes the value. */
export function store(name: string, value: unknown): void {
  if (value === undefined) sessionStorage.removeItem(name)
  else sessionStorage.setItem(name, JSON.stringify(value))
}
