import type { Mutant } from './mutants-list.ts'

/** Checks of the rules that are given beside registrations. */
export const BESIDE_MUTANTS: readonly Mutant[] = [
  // mcp/policy/collected-rules.ts
  {
    name: 'a rule beside a tool replaces the rule in the table',
    file: 'src/mcp/policy/collected-rules.ts',
    find: 'if (Object.hasOwn(inTable, name)) throw',
    replace: 'if (Object.hasOwn(inTable, where)) throw',
  },
  {
    name: 'of two rules beside tools the first one counts',
    file: 'src/mcp/policy/collected-rules.ts',
    find: 'else if (!isSameRule(',
    replace: 'else if (name === undefined && !isSameRule(',
  },
  // mcp/policy/rule.ts
  {
    name: 'rules with other scopes are the same rule',
    file: 'src/mcp/policy/rule.ts',
    find: 'JSON.stringify([denied !== undefined, scopes, roles,',
    replace: 'JSON.stringify([denied !== undefined, scopes === undefined, roles,',
  },
  {
    name: 'rules with other roles are the same rule',
    file: 'src/mcp/policy/rule.ts',
    find: 'JSON.stringify([denied !== undefined, scopes, roles,',
    replace: 'JSON.stringify([denied !== undefined, scopes, roles && null,',
  },
  {
    name: 'rules with other functions are the same rule',
    file: 'src/mcp/policy/rule.ts',
    find: 'allow && sourceOf(allow), dpop])',
    replace: 'allow && sourceOf.name, dpop])',
  },
  {
    name: 'a rule with dpop and a rule without it are the same rule',
    file: 'src/mcp/policy/rule.ts',
    find: 'allow && sourceOf(allow), dpop])',
    replace: 'allow && sourceOf(allow)])',
  },
  {
    name: 'allow and deny are the same rule',
    file: 'src/mcp/policy/rule.ts',
    find: 'JSON.stringify([denied !== undefined, scopes, roles,',
    replace: 'JSON.stringify([denied && undefined, scopes, roles,',
  },
  // mcp/policy/known-rules.ts
  {
    name: 'the rule of the gate may differ from the rule beside the tool',
    file: 'src/mcp/policy/known-rules.ts',
    find: 'if (known !== undefined && isSameRule(known, compileRule(rule, name))) return',
    replace: 'if (known !== undefined) return',
  },
  {
    name: 'a rule that the gate does not know is left to a default rule that allows',
    file: 'src/mcp/policy/known-rules.ts',
    find: '    book?.fallback.denied !== undefined && (',
    replace: '    book !== undefined && (',
  },
  {
    name: 'a rule that no policy enforces is passed over',
    file: 'src/mcp/policy/known-rules.ts',
    find: '    book?.fallback.denied !== undefined && (',
    replace: '    book === undefined || book.fallback.denied !== undefined && (',
  },
  {
    name: 'a resource whose rule the gate does not know is left to other rules',
    file: 'src/mcp/policy/known-rules.ts',
    find: " && (table !== 'resources' || book.resources.size === 0)",
    replace: '',
  },
  // adapters/with-rule.ts
  {
    name: 'a tool whose rule is refused stays, without a rule',
    file: 'src/adapters/with-rule.ts',
    find: '    registered.remove()\n',
    replace: '',
  },
  {
    name: 'a second rule replaces the first one',
    file: 'src/adapters/with-rule.ts',
    find: 'const other = note.rule',
    replace: 'const other: RuleBeside | undefined = undefined',
  },
  {
    name: 'a rule that is given after protectServer is not compared',
    file: 'src/adapters/with-rule.ts',
    find: '    for (const listener of note.listeners) listener(beside)\n',
    replace: '',
  },
  {
    name: 'only the last of several resource servers compares a rule',
    file: 'src/adapters/with-rule.ts',
    find: 'else listeners.push(listener)',
    replace: 'else listeners.splice(0, 1, listener)',
  },
  {
    name: 'a rule that was given before protectServer is not compared',
    file: 'src/adapters/with-rule.ts',
    find: 'if (rule !== undefined) listener(rule)\n  else ',
    replace: '',
  },
  {
    name: 'another copy of the package does not find the rule',
    file: 'src/adapters/with-rule.ts',
    find: "Symbol.for('mcp-resource-server/rule-beside')",
    replace: "Symbol('mcp-resource-server/rule-beside')",
  },
  {
    name: 'bound functions are the same rule',
    file: 'src/mcp/policy/rule.ts',
    find: 'one.allow !== undefined && isNative(one.allow)',
    replace: 'false',
  },
  {
    name: 'a name that is no string sheds the rule',
    file: 'src/adapters/guarded-registrations.ts',
    find: 'return next ? String(next) : undefined',
    replace: "return typeof next === 'string' ? next : undefined",
  },
  {
    name: 'the second name of a registration is not compared',
    file: 'src/adapters/guarded-registrations.ts',
    find: 'if (seen.has(registration.registered)) guardName(messages, registration)',
    replace: 'if (seen.has(registration.registered)) continue',
  },
  // adapters/guarded-registrations.ts
  {
    name: 'another name sheds the rule',
    file: 'src/adapters/guarded-registrations.ts',
    find: '    if (next !== name) tell(next)\n',
    replace: '',
  },
  {
    name: 'another template sheds the rule',
    file: 'src/adapters/guarded-registrations.ts',
    find: 'if (isTemplate) return templateOf({ resourceTemplate: template })',
    replace: 'if (isTemplate) return templateOf({ resourceTemplate: template }) && undefined',
  },
  {
    name: 'another URI sheds the rule',
    file: 'src/adapters/guarded-registrations.ts',
    find: "const next = table === 'resources' ? uri : name",
    replace: "const next = table === 'resources' ? uri && name : name",
  },
  {
    name: 'a rule given after another name is compared for the first name',
    file: 'src/adapters/guarded-registrations.ts',
    find: '    name = next\n',
    replace: '',
  },
  {
    name: 'the rules of task tools of SDK v1 are not compared',
    file: 'src/adapters/guarded-registrations.ts',
    find: ", '_createRegisteredTool'",
    replace: '',
  },
  // adapters/protected-server.ts
  {
    name: 'a server whose rules were refused passes at the second attempt',
    file: 'src/adapters/protected-server.ts',
    find: '  if (server !== low && isNew(resourceServer, server)) {\n',
    replace:
      '  if (server !== low && isNew(resourceServer, server)) {\n    setProtected(resourceServer, server)\n',
  },
  // adapters/registrations.ts
  {
    name: 'registrations in a Map are taken for none',
    file: 'src/adapters/registrations.ts',
    find: 'if (prototype !== null && Object.getPrototypeOf(prototype) !== null)',
    replace: 'if (prototype === undefined)',
  },
]
