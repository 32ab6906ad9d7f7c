/** How bad a finding is. `fault`: clients fail, or strangers get in. `warning`: works, but is not safe or not as most people expect. */
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
