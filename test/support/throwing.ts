/** A function that throws this, whatever it is called with. */
export const throwing = (error: unknown) => (): never => {
  throw error
}
