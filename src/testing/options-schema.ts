import { z } from 'zod'
import { optionsSchema } from '../options/options-schema.ts'
import { readOptions } from '../options/read-options.ts'
import { callable, scopes, text } from '../options/schema-parts.ts'
import type { TestIssuerOptions } from './options.ts'

const testIssuerSchema = optionsSchema<TestIssuerOptions>()({
  issuer: text('an issuer URL').default('https://issuer.test'),
  resource: text('the URL of the MCP server').default('https://mcp.example.com/mcp'),
  profile: z
    .enum(['rfc9068', 'keycloak'], { error: 'must be "rfc9068" or "keycloak"' })
    .default('rfc9068'),
  scopes: scopes.default([]),
  algorithm: z
    .enum(['ES256', 'ES384', 'RS256', 'PS256', 'EdDSA'], {
      error: 'must be "ES256", "ES384", "RS256", "PS256" or "EdDSA"',
    })
    .default('ES256'),
  clock: callable<() => number>().default(() => Date.now),
})

/** The options of a test issuer with their defaults. @internal */
export type TestIssuerSettings = z.output<typeof testIssuerSchema>

/** @throws {TypeError} naming the option that is wrong @internal */
export function readTestIssuerOptions(where: string, options: unknown): TestIssuerSettings {
  return readOptions(where, testIssuerSchema, options)
}
