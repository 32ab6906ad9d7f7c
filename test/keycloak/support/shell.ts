import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'

/** A terminal that stays open: variables, functions and background jobs live on in it. */
export interface Shell {
  /**
   * Runs some lines as if they were typed.
   *
   * @returns what they print on both streams, and the status of the last command that failed, or 0
   */
  run(code: string): Promise<{ status: number; output: string }>
  /** Ends it, with everything that it started. */
  close(): Promise<void>
}

/** Opens one in a folder. */
export function openShell(folder: string, env: Readonly<Record<string, string>>): Shell {
  const notes = mkdtempSync(join(tmpdir(), 'shell-'))
  const [script, printed] = [join(notes, 'script'), join(notes, 'printed')]
  // A group of its own, so that jobs in the background end with it.
  const bash = spawn('bash', ['--noprofile', '--norc'], {
    cwd: folder,
    env: { ...env },
    detached: true,
    stdio: ['pipe', 'pipe', 'ignore'],
  })
  const answers = createInterface(bash.stdout)[Symbol.asyncIterator]()
  bash.stdin.write(`set -o pipefail\ntrap '__status=$?' ERR\n`)
  return {
    run: async (code) => {
      writeFileSync(script, code)
      bash.stdin.write(
        `__status=0; eval "$(cat '${script}')" > '${printed}' 2>&1 < /dev/null; echo "$__status"\n`,
      )
      const { value, done } = await answers.next()
      const output = readFileSync(printed, 'utf8')
      if (done) throw new Error(`the shell has ended:\n${output}`)
      return { status: Number(value), output }
    },
    close: async () => {
      if (bash.exitCode === null && bash.signalCode === null && bash.pid !== undefined) {
        const closed = once(bash, 'close')
        process.kill(-bash.pid, 'SIGKILL')
        await closed
      }
      rmSync(notes, { recursive: true, force: true })
    },
  }
}
