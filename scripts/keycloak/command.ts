import { spawn } from 'node:child_process'

export interface CommandResult {
  readonly code: number | null
  /** Both streams, as they came. */
  readonly output: string
}

/**
 * Runs a command to its end; every five seconds something is said, so that nobody thinks it hangs.
 *
 * @throws {Error} when the command is not there
 */
export function runCommand(
  command: string,
  args: readonly string[],
  options: { readonly what: string; readonly say: (line: string) => void; env?: NodeJS.ProcessEnv },
): Promise<CommandResult> {
  const started = performance.now()
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      env: options.env ?? process.env,
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    let output = ''
    child.stdout.on('data', (chunk) => (output += chunk))
    child.stderr.on('data', (chunk) => (output += chunk))
    const progress = setInterval(() => {
      options.say(`${options.what}: ${Math.round((performance.now() - started) / 1000)} s`)
    }, 5000)
    child.on('error', (error) => {
      clearInterval(progress)
      reject(error)
    })
    child.on('close', (code) => {
      clearInterval(progress)
      resolve({ code, output })
    })
  })
}
