import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { membersOf, type Sources } from '../../scripts/options-interfaces.ts'
import { OPTIONS_PAGE, TABLES, withTables } from '../../scripts/options-tables.ts'
import { number } from '../../src/options/schema-parts.ts'

describe('the tables of options in docs/options.md', () => {
  it('are those of the doc comments and schemas', () => {
    const page = readFileSync(OPTIONS_PAGE, 'utf8')
    const differs = `${OPTIONS_PAGE} has old tables of options: npm run docs:options writes them anew`
    expect(withTables(page) === page, differs).toBe(true)
  })

  it('are there for all options that the package exports, unless a reason says where else they are', () => {
    const exported = entryPoints().flatMap((file) => namesOfOptions(readFileSync(file, 'utf8')))
    expect(exported).toContain('ResourceServerOptions')
    const without = [...new Set(exported)].filter((name) => TABLES[name] === undefined)
    expect(without.sort()).toEqual(Object.keys(ELSEWHERE).sort())
  })
})

/** Options without a table, and why. */
const ELSEWHERE: Readonly<Record<string, string>> = {
  ClientOptions: 'its members are in the tables of what extends it',
  CommonOptions: 'its members are in the tables of what extends it',
  CommonRealmOptions: 'as KeycloakRealmOptions',
  EntraIdApiOptions: 'its members are in the tables of what extends it',
  FastifyEndpointsOptions: '`resourceServer` alone; docs/adapters.md shows it',
  FastifyGateOptions: '`resourceServer` and the options of guards; docs/adapters.md shows it',
  JwtOptions: 'its members are in the tables of what extends it',
  KeycloakRealmOptions: 'options of a recipe, nested; docs/keycloak.md shows the command',
  PartialKeycloakRealmOptions: 'as KeycloakRealmOptions',
  RevocationSourceOptions: 'its members are in the tables of what extends it',
  SingleIssuerOptions: 'its members are in the tables of what extends it',
  TestDpopKeyOptions: 'docs/testing.md shows DPoP',
  TestForgedTokenOptions: 'docs/testing.md lists the forgeries',
  TestJwtOptions: 'the options of a token, and a key',
  TestKeyOptions: 'docs/testing.md shows keys',
  TestProofOptions: 'docs/testing.md shows DPoP',
  TestRotationOptions: 'docs/testing.md shows rotation',
  VendorOptions: 'its members are in the tables of what extends it',
  WebGateOptions: 'the options of guards, and `connection`; docs/sender-constraint.md explains it',
}

/** The sources of the modules that the package exports. */
function entryPoints(): readonly string[] {
  const { exports }: { exports: Record<string, string | { default: string }> } = JSON.parse(
    readFileSync('package.json', 'utf8'),
  )
  return Object.values(exports)
    .map((target) => (typeof target === 'string' ? target : target.default))
    .filter((target) => target.endsWith('.js'))
    .map((target) => target.replace('./dist/', 'src/').replace(/\.js$/, '.ts'))
}

/** The names of options interfaces in the `export` statements of a module. */
function namesOfOptions(source: string): readonly string[] {
  const exported = source.match(/^export (?:interface [^{]*|(?:type )?\{[^}]*\})/gm) ?? []
  return exported.flatMap((statement) => statement.match(/\b\w+Options\b/g) ?? [])
}

/** A source file with one interface `AOptions` of these members. */
const sources = (members: string, heritage = ''): Sources => ({
  'src/a/options.ts': `export interface AOptions${heritage} {\n${members}\n}\n`,
  'src/b/options.ts': 'export interface BOptions {\n  /** B. */\n  readonly b?: string\n}\n',
})

const wait =
  '  /**\n   * How long to wait.\n   *\n   * @defaultValue 5 s\n   */\n  readonly wait?: number'

describe('the reader of interfaces', () => {
  it('reads the first paragraph, the default and the type, over several lines', () => {
    const member = `  /**
   * The first
   * paragraph, with {@link BOptions}.
   *
   * Another one.
   *
   * @defaultValue what
   * it is
   */
  readonly a?:
    | string
    | BOptions
  /** Required. */
  readonly c: number`
    expect(membersOf('AOptions', sources(member))).toEqual([
      expect.objectContaining({ name: 'c', optional: false, defaultText: undefined }),
      {
        name: 'a',
        optional: true,
        type: '| string\n    | BOptions',
        description: 'The first paragraph, with `BOptions`.',
        defaultText: 'what it is',
      },
    ])
  })

  it.each([
    [' extends BOptions', ['wait', 'b']],
    ["\n  extends Pick<BOptions, 'b'>", ['wait', 'b']],
    [" extends Omit<BOptions, 'b'>", ['wait']],
  ])('follows %j', (heritage, names) => {
    const members = membersOf('AOptions', sources(wait, heritage))
    expect(members.map(({ name }) => name)).toEqual(names)
  })

  it.each<[what: string, members: string, heritage: string]>([
    ['a method', '  /** A. */\n  a(): void', ''],
    ['a member that is not readonly', '  /** A. */\n  a?: string', ''],
    ['a comment of another kind', '  // A.\n  readonly a?: string', ''],
    ['an index signature', '  readonly [name: string]: string', ''],
    ['a member without a doc comment', '  readonly a?: string', ''],
    ['another tag', '  /**\n   * A.\n   *\n   * @see b\n   */\n  readonly a?: string', ''],
    ['another heritage', wait, ' extends Partial<BOptions>'],
    ['a parent that is not there', wait, ' extends COptions'],
  ])('throws on %s', (_what, members, heritage) => {
    expect(() => membersOf('AOptions', sources(members, heritage))).toThrow()
  })

  it('throws on two interfaces of one name', () => {
    const twice = { ...sources(wait), 'src/c.ts': 'export interface AOptions {}\n' }
    expect(() => membersOf('AOptions', twice)).toThrow('src/a/options.ts and src/c.ts')
  })
})

describe('the writer of tables', () => {
  const place = '# A\n<!-- options: AOptions -->\nold\n<!-- end -->\n'
  const seconds = (value: number) =>
    z.strictObject({ wait: number(0, 100_000, 'seconds').default(value) })
  const write = (members: string, schema: z.ZodType | undefined, document = place) =>
    withTables(document, { AOptions: { schema, anchor: 'a' } }, sources(members))

  it('writes a table between the markers, and nothing else', () => {
    const written = write(wait, seconds(5))
    expect(written).toContain('\n| `wait` | 5 s | How long to wait. |\n')
    expect(written).toMatch(/^# A\n<!-- options: AOptions -->\n[^<]*\n<!-- end -->\n$/)
    expect(write(wait, seconds(5), written)).toBe(written)
  })

  it('takes the default of the schema where the doc comment has none', () => {
    const member = '  /** Wait | see. */\n  readonly wait?: number'
    expect(write(member, seconds(86_400))).toContain('| `wait` | 86 400 s | Wait \\| see. |')
  })

  it.each<[what: string, members: string, schema: z.ZodType | undefined, fault: string]>([
    ['another default in the schema', wait, seconds(6), 'the default is 6 s, not 5 s'],
    ['a member that the schema has not', wait, z.strictObject({}), 'is not in the schema'],
    ['no default', '  /** A. */\n  readonly wait?: number', undefined, 'needs a @defaultValue'],
    ['a required member with one', wait.replace('?', ''), seconds(5), 'is required and has'],
  ])('throws on %s', (_what, members, schema, fault) => {
    expect(() => write(members, schema)).toThrow(
      `AOptions.wait${fault.startsWith('the') ? ':' : ''} ${fault}`,
    )
  })

  it('throws on a table without a place, and on a place without a table', () => {
    expect(() => write(wait, seconds(5), '# A\n')).toThrow('no place for the tables of AOptions')
    const other = '<!-- options: BOptions -->\n<!-- end -->\n'
    expect(() => write(wait, seconds(5), other)).toThrow('BOptions has no entry in TABLES')
  })
})
