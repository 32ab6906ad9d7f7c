import { checkOptions } from '../../options/check-options.ts'
import type { OperationsOptions, ScopeHierarchy } from './options.ts'
import { operationsSchema, policyContextSchema } from './options-schema.ts'
import { createScopeHierarchy } from '../../token/scope-hierarchy.ts'
import { type OperationPolicy, Policy } from './compiled-policy.ts'

export type {
  Needed,
  Operation,
  OperationRequirement,
  OperationRule,
  OperationRules,
  OperationsOptions,
  ScopeHierarchy,
} from './options.ts'
export type { JudgedCall, Judgement, OperationPolicy } from './compiled-policy.ts'

const WHERE = 'createOperationPolicy'

/**
 * Makes a policy by itself, to be unit tested or printed. To have it enforced, give the same
 * options to `createResourceServer` as `operations`.
 *
 * @throws {TypeError} naming the option that is wrong
 *
 * @example
 * ```ts
 * import { createOperationPolicy } from 'mcp-resource-server/operations'
 *
 * const policy = createOperationPolicy({
 *   tools: {
 *     list_datasets: 'allow',
 *     delete_dataset: { scopes: ['data:write'], roles: ['steward'] },
 *   },
 *   resources: { 'docs:///public/{+path}': 'allow' },
 * })
 * console.log(policy.describe())
 * ```
 */
export function createOperationPolicy(
  options: OperationsOptions,
  context: { readonly scopeHierarchy?: ScopeHierarchy } = {},
): OperationPolicy {
  checkOptions(WHERE, operationsSchema, options)
  checkOptions(WHERE, policyContextSchema, context)
  return new Policy(WHERE, '', options, createScopeHierarchy(context.scopeHierarchy))
}
