import { printable } from '../quoted.ts'

/**
 * How bad a finding is. `fault`: clients fail, or strangers get in. `warning`: works, but is not safe or not
 * as most people expect. `good`: was examined, and is right.
 */
export type Severity = 'fault' | 'warning' | 'good'

/** One thing that the doctor has seen. It contains no token and no secret. */
export interface Finding {
  /** A stable code, such as `RESOURCE_MISMATCH`, in upper case. */
  readonly code: string
  readonly severity: Severity
  /** What was seen. */
  readonly seen: string
  /** What it means for the server and its clients; empty for a good finding. */
  readonly meaning: string
  /** What to do; empty for a good finding. */
  readonly remedy: string
  /** The place in the guide, such as `docs/doctor.md#resource_mismatch`; `undefined` for a good finding. */
  readonly guide: string | undefined
}

/** What a code always says. What was seen is different each time. @internal */
export interface FindingKind {
  readonly severity: Exclude<Severity, 'good'>
  readonly meaning: string
  readonly remedy: string
}

/** Longest text of what was seen, in characters. */
const LONGEST = 600

/**
 * Makes a finding from a catalogue. Every text of a foreign server in `seen` must be quoted. Nothing of it
 * can draw on a terminal.
 *
 * @internal
 */
export function findingOf<const C extends Readonly<Record<string, FindingKind>>>(
  catalogue: C,
  code: keyof C & string,
  seen: string,
  severity?: Exclude<Severity, 'good'>,
): Finding {
  const kind = catalogue[code] as FindingKind
  return { code, ...kind, ...(severity && { severity }), seen: oneLine(seen), guide: placeOf(code) }
}

/** Makes a finding for what is right. @internal */
export function goodFinding(code: string, seen: string): Finding {
  return { code, severity: 'good', seen: oneLine(seen), meaning: '', remedy: '', guide: undefined }
}

/** The place of a code in the guide. */
function placeOf(code: string): string {
  return `docs/doctor.md#${code.toLowerCase()}`
}

function oneLine(text: string): string {
  const line = printable(text.slice(0, LONGEST))
  return text.length > LONGEST ? `${line}…` : line
}
