import { optionError } from '../options/option-error.ts'
import type { DpopMode, DpopNonceOptions, DpopOptions } from './options.ts'
import type { DpopSettings } from './options-schema.ts'

/**
 * Checks that no option for DPoP contradicts another one. The schema has checked each option by itself.
 *
 * @param given the option `dpop` as it was given, without defaults
 * @param settled the same with defaults
 * @throws {TypeError} names the option
 * @internal
 */
export function assertDpopOptions(
  where: string,
  given: DpopMode | DpopOptions | undefined,
  settled: DpopSettings,
): void {
  if (typeof given !== 'object') return
  if (given.mode === 'off') {
    const fix = "has no effect while `dpop.mode` is 'off'; leave it out, or set another mode"
    assertNoneOf(where, 'dpop.', given, ['mode'], fix)
  }
  if (typeof given.nonce === 'object' && (given.nonce.mode ?? 'off') === 'off') {
    const fix =
      "has no effect while `dpop.nonce.mode` is 'off'; leave it out, or set `dpop.nonce.mode` to 'required' or 'when-asked'"
    assertNoneOf<DpopNonceOptions>(where, 'dpop.nonce.', given.nonce, ['mode'], fix)
  }
  if (given.replayStore !== undefined) {
    const { maxProofs, maxProofsPerSubject } = given
    const fix = 'has no effect together with `dpop.replayStore`; limit that store instead'
    assertNoneOf(where, 'dpop.', { maxProofs, maxProofsPerSubject }, [], fix)
  }
  if (settled.maxProofsPerSubject > settled.maxProofs) {
    const fix = `must not be more than \`dpop.maxProofs\`, which is ${settled.maxProofs}`
    throw optionError(where, 'dpop.maxProofsPerSubject', fix, settled.maxProofsPerSubject)
  }
}

/** @throws {TypeError} if an option is set that is not one of the allowed */
function assertNoneOf<Options extends object>(
  where: string,
  path: string,
  given: Options,
  allowed: readonly (keyof Options)[],
  fix: string,
): void {
  for (const [name, value] of Object.entries(given)) {
    if (value === undefined || allowed.includes(name as keyof Options)) continue
    throw optionError(where, `${path}${name}`, fix, value)
  }
}
