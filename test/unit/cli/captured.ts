type Print = (text: string) => void

/** Runs a command, and gives what it returns and what it prints. */
export function captured<Result>(command: (out: Print, err: Print) => Result) {
  const printed = { out: '', err: '' }
  const into = (stream: 'out' | 'err') => (text: string) => {
    printed[stream] += text
  }
  const result = command(into('out'), into('err'))
  return { result, ...printed }
}
