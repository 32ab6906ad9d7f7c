import { readOptions } from '../../options/read-options.ts'
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
 * Makes a policy without a resource server, for unit tests or to print its rules. To enforce the
 * policy, pass the same options to `createResourceServer` as the option `policy`.
 *
 * @throws {TypeError} names the option that is wrong
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
  const settings = readOptions(WHERE, policySchema, options)
  const { scopeHierarchy } = readOptions(WHERE, policyContextSchema, context)
  return new CompiledPolicy(WHERE, '', settings, createScopeHierarchy(scopeHierarchy))
}
