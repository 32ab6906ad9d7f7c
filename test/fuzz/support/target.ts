import fc from 'fast-check'

/** A part of the package that is fuzzed. */
export interface Target<Input = never> {
  /** What `--target` selects. */
  readonly name: string
  /** How often it is executed in the tier `test:fuzz`. */
  readonly executions: number
  /** Inputs that can be written as JSON, so that a finding can be kept. */
  readonly inputs: fc.Arbitrary<Input>
  /**
   * Sets up what all executions share.
   *
   * @returns tries one input, and throws when a property does not hold
   */
  start(): Attempt<Input> | Promise<Attempt<Input>>
}

export type Attempt<Input> = (input: Input) => Promise<void>

/** An input for which a property does not hold, made as small as possible. */
export interface Finding {
  readonly target: string
  readonly seed: number
  readonly input: unknown
  readonly error: string
}

export interface Outcome {
  readonly executions: number
  readonly finding: Finding | undefined
}

/** Tries `executions` inputs. The same seed makes the same inputs. */
export async function run<Input>(
  { name, inputs }: Target<Input>,
  attempt: Attempt<Input>,
  seed: number,
  executions: number,
): Promise<Outcome> {
  const details = await fc.check(fc.asyncProperty(inputs, attempt), {
    seed,
    numRuns: executions,
    // Making a finding small must end, even if every execution is slow.
    interruptAfterTimeLimit: 600_000,
  })
  if (!details.failed) return { executions: details.numRuns, finding: undefined }
  const [input] = details.counterexample ?? []
  const error = details.errorInstance
  return {
    executions: details.numRuns,
    finding: {
      target: name,
      seed,
      input,
      error: error instanceof Error ? (error.stack ?? error.message) : String(error),
    },
  }
}

/** Says how to see a finding again. */
export function describeFinding({ target, seed, input, error }: Finding): string {
  const again = `npm run fuzz -- --target ${target} --seed ${seed} --executions 100000`
  return `${target}: ${error}\n  input: ${JSON.stringify(input)}\n  again: ${again}`
}
