/** The tests of vitest.config.ts, with the watch for secrets. `SECRETS=all` inspects every object. */
process.env.SECRETS ??= 'some'

export default (await import('../../../vitest.config.ts')).default
