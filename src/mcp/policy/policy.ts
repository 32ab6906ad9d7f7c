import { assertOptions } from '../../options/check-options.ts'
import { createScopeHierarchy } from '../../token/scope-hierarchy.ts'
import { CompiledPolicy, type Policy } from './compiled-policy.ts'
import type { PolicyOptions, ScopeHierarchy } from './options.ts'
import { policyContextSchema, policySchema } from './options-schema.ts'

export type {
  Policy,
  PolicyCall,
  PolicyDecision,
} from './compiled-policy.ts'
export type {
  AllOrAny,
  Operation,
  PolicyOptions,
  PolicyRequirement,
  PolicyRule,
  PolicyRules,
  ScopeHierarchy,
} from './options.ts'

const WHERE = 'createPolicy'

/**
 * Makes a policy by itself, to be unit tested or printed. To have it enforced, give the same
 * options to `createResourceServer` as `policy`.
 *
 * @throws {TypeError} naming the option that is wrong
 *
 * @example
 * ```ts
 * import { createPolicy } from 'mcp-resource-server/policy'
 *
 * const policy = createPolicy({
 *   tools: {
 *     list_datasets: 'allow',
 *     delete_dataset: { scopes: ['data:write'], roles: ['steward'] },
 *   },
 *   resources: { 'docs:///public/{+path}': 'allow' },
 * })
 * console.log(policy.describe())
 * ```
 */
export function createPolicy(
  options: PolicyOptions,
  context: { readonly scopeHierarchy?: ScopeHierarchy } = {},
): Policy {
  assertOptions(WHERE, policySchema, options)
  assertOptions(WHERE, policyContextSchema, context)
  return new CompiledPolicy(WHERE, '', options, createScopeHierarchy(context.scopeHierarchy))
}
