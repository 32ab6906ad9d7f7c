export type { RuleResult } from '../token/explanation.ts'
export { explainToken, type TokenExplanation } from './explain-token.ts'
export type { ExplainOptions } from './options.ts'
