import type { CompiledPolicy } from '../mcp/policy/compiled-policy.ts'
import { describeRuleName } from '../mcp/policy/rule.ts'
import { optionError } from '../options/option-error.ts'
import type { DpopMode } from '../sender-constraint/options.ts'

/**
 * Checks that the DPoP mode of a route agrees with the metadata, which tells clients the mode of the
 * resource server, and with the policy.
 *
 * @param mode the mode of the route
 * @param general the mode of the resource server
 * @param policy the policy that applies to the route
 * @throws {TypeError} names the option `dpop`
 * @internal
 */
export function assertDpopMode(
  where: string,
  mode: DpopMode,
  general: DpopMode,
  policy: CompiledPolicy | undefined,
): void {
  if (general !== 'accepted' && mode !== general) {
    const fix = `must be '${general}' or left out, because \`dpop\` of the resource server is '${general}'`
    const hint = "To have several modes, set that option to 'accepted'"
    throw optionError(where, 'dpop', `${fix}. ${hint}`, mode)
  }
  if (mode === 'off' && policy?.dpopRule !== undefined) {
    const rule = describeRuleName(policy.dpopRule)
    const fix = `must not be 'off', because ${rule} of the policy needs a token that is bound to a DPoP key`
    throw optionError(where, 'dpop', fix, mode)
  }
}
