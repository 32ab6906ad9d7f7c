import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import {
  IMPORT_BUDGET,
  importOverBudget,
  PACKAGE_BUDGET,
  packageOverBudget,
  RUNTIME_DEPENDENCIES,
} from './budget.ts'

// The size of the package, and how many modules each subpath loads, are checked in package.test.ts, which
// packs it and imports them.

describe('the budget', () => {
  it('an installation brings the listed packages, and no packages of theirs', () => {
    interface Tree {
      readonly dependencies?: Readonly<Record<string, Tree>>
    }
    const list = ['ls', '--omit=dev', '--all', '--package-lock-only', '--json']
    const tree: Tree = JSON.parse(execFileSync('npm', list, { encoding: 'utf8' }))
    const names = (at: Tree, before = ''): string[] =>
      Object.entries(at.dependencies ?? {}).flatMap(([name, below]) => [
        before + name,
        ...names(below, `${before}${name} > `),
      ])
    expect(names(tree)).toEqual(RUNTIME_DEPENDENCIES)
  })

  it('no package of an installation runs a script when it is installed', () => {
    const { packages } = JSON.parse(readFileSync('package-lock.json', 'utf8'))
    const found = RUNTIME_DEPENDENCIES.map((name) => packages[`node_modules/${name}`])
    expect(found.filter((entry) => entry === undefined || entry.hasInstallScript)).toEqual([])
    const { scripts } = JSON.parse(readFileSync('package.json', 'utf8'))
    expect(Object.keys(scripts)).not.toEqual(
      expect.arrayContaining([expect.stringMatching(/^(?:pre|post)?install$/)]),
    )
  })

  it('has a limit for each subpath, and for nothing else', () => {
    const { exports: subpaths } = JSON.parse(readFileSync('package.json', 'utf8'))
    const modules = Object.keys(subpaths).filter((subpath) => !subpath.endsWith('.json'))
    expect(Object.keys(IMPORT_BUDGET)).toEqual(modules)
  })

  it('says what grew, and how to raise the limit', () => {
    const own = Array.from({ length: 7 }, (_, at) => (at < 5 ? `gate/${at}.js` : `http/${at}.js`))
    expect(importOverBudget('./challenge', { own, foreign: ['jose'] })).toBe(
      'the import of "./challenge" loads 7 modules of this package, limit 3 (by room: gate 5, http 2), ' +
        'and 1 modules of other packages, limit 0 (jose 1). Is that wanted? Then raise the limit in ' +
        'test/checks/budget.ts, and say why in the message of the commit',
    )
    expect(importOverBudget('./challenge', { own: own.slice(4), foreign: [] })).toBeUndefined()
    expect(importOverBudget('./new', { own, foreign: [] })).toMatch(/has no limit: add one/)
    const files = [
      { path: 'dist/gate/a.js', size: 9_000 },
      { path: 'dist/gate/b.js', size: 1_000 },
      { path: 'README.md', size: 2_000 },
    ]
    const unpackedSize = PACKAGE_BUDGET.unpacked + 1
    expect(packageOverBudget({ size: 1, unpackedSize, files })).toMatch(
      /unpacked: \d+, limit \d+\)\. The largest parts: dist\/gate 10 kB, README\.md 2 kB\. Is that/,
    )
    expect(packageOverBudget({ size: 1, unpackedSize: 1, files })).toBeUndefined()
  })
})
