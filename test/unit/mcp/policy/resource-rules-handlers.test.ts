import { posix } from 'node:path'
import { fileURLToPath } from 'node:url'
import { UriTemplate as UriTemplateV1 } from '@modelcontextprotocol/sdk/shared/uriTemplate.js'
import { UriTemplate as UriTemplateV2 } from '@modelcontextprotocol/server'
import { describe, expect, it } from 'vitest'
import { createPolicy } from '../../../../src/mcp/policy/policy.ts'
import { readOf, tokenWith } from './callers.ts'

/** Handlers of a URI that an SDK has matched, each with the path of the file that it would read. */
const handlers: Readonly<Record<string, (uri: URL, path: string) => string>> = {
  fileURLToPath: (uri) => fileURLToPath(uri),
  'the variable, joined': (_uri, path) => posix.join('/data', path),
  'the variable, decoded and joined': (_uri, path) => posix.join('/data', decodeURIComponent(path)),
  'the variable, decoded twice': (_uri, path) =>
    posix.join('/data', decodeURIComponent(decodeURIComponent(path))),
  'the path, decoded': (uri) => posix.normalize(decodeURIComponent(uri.pathname)),
  'the path, decoded and read again': (uri) =>
    decodeURIComponent(new URL(decodeURIComponent(uri.href)).pathname),
  'backslashes as slashes': (uri) =>
    posix.normalize(decodeURIComponent(uri.pathname).replaceAll('\\', '/')),
}

/** The files that the handlers would read; none when the SDK or the handler refuses the URI. */
function reached(template: string, text: string): Set<string> {
  const files = new Set<string>()
  for (const UriTemplate of [UriTemplateV1, UriTemplateV2]) {
    for (const read of Object.values(handlers)) {
      try {
        const uri = new URL(text)
        const path = new UriTemplate(template).match(uri.toString())?.path
        if (typeof path === 'string') files.add(posix.resolve(read(uri, path)))
      } catch {}
    }
  }
  return files
}

/** Parts of URIs. Some combinations lead from one folder to another. */
const BEFORE = ['', '/', 'public/../', 'public%2F..%2F', 'public\\..\\', '%252e/', './', 'a//../']
const NAMES = ['private', '%70rivate', 'priv%61te', '%2570rivate', 'pri\tvate', 'public', 'Private']
const BETWEEN = ['/', '//', '%2F', '%2f', '\\', '%5C', '/./', '/a/../', '/%2e/', '%252F']
const AFTER = [
  'x',
  '%78',
  'x?',
  'x?y=1',
  'x#',
  'x%3Fy',
  'x/',
  'a%20b',
  '..%2Fprivate%2Fx',
  'caf\u00e9',
]

const uris = (start: string, name: string) =>
  BEFORE.flatMap((before) =>
    BETWEEN.flatMap((between) =>
      AFTER.map((after) => `${start}${before}${name}${between}${after}`),
    ),
  )

describe.each(['file:///data/', 'docs:///data/'])(
  'a handler of %s that decodes, joins or resolves paths',
  (start) => {
    const template = `${start}{+path}`
    const policies = [
      { resources: { [template]: 'allow', [`${start}private/{+path}`]: 'deny' } },
      { resources: { [`${start}private/{+path}`]: 'deny' }, default: 'allow' },
      { resources: { [`${start}public/{+path}`]: 'allow' } },
    ] as const

    it.each(NAMES)('S1.6: cannot be led to a denied file: %j', async (name) => {
      const compiled = policies.map((options) => createPolicy(options))
      const leaks: string[] = []
      let closed = 0
      let open = 0
      for (const uri of uris(start, name)) {
        const secret = [...reached(template, uri)].some((file) => /^\/data\/private\//.test(file))
        for (const [at, policy] of compiled.entries()) {
          const { outcome } = await policy.check(readOf(uri), tokenWith())
          if (secret && outcome === 'allowed') leaks.push(`${at}: ${uri}`)
          if (outcome === 'allowed') open += 1
          else if (secret) closed += 1
        }
      }
      expect(leaks).toEqual([])
      // Most of these URIs lead to a denied file, and some are allowed, so the test is not empty.
      expect(closed).toBeGreaterThan(200)
      expect(open > 50).toBe(name === 'public')
    })
  },
)
