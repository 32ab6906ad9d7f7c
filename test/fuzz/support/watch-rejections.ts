import { check } from './properties.ts'

/** Notices errors that nobody handles. Without this, the target that has caused one could not be told. */
export function watchRejections(): () => void {
  const found: unknown[] = []
  const notice = (error: unknown) =>
    void found.push(error instanceof Error ? (error.stack ?? error.message) : String(error))
  process.on('unhandledRejection', notice)
  process.on('uncaughtExceptionMonitor', notice)
  return () => check(found.length === 0, 'an error that nobody handles', found.splice(0))
}
