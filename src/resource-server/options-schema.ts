import { z } from 'zod'
import { commonShape } from '../authorization-server/options-schema.ts'
import { gateShape } from '../gate/options.ts'
import { policySchema, scopeHierarchySchema } from '../mcp/policy/options-schema.ts'
import { sessionsSchema } from '../mcp/session-options.ts'
import { resourceDescriptionSchema, signedMetadataSchema } from '../metadata/options.ts'
import { optionsSchema } from '../options/options-schema.ts'
import { flag, text, texts } from '../options/schema-parts.ts'
import { cacheSchema, verifierSchema } from '../verification/options-schema.ts'
import { authorizationServerSchema } from './authorization-server-options.ts'
import type { ResourceServerOptions } from './options.ts'
import { sharedStoreSchema } from './shared-store-options.ts'

const issuer = text('an issuer')

/** @internal */
export const resourceServerSchema = optionsSchema<ResourceServerOptions>()(
  {
    ...commonShape,
    ...gateShape,
    resource: text("this server's URL"),
    authorizationServer: z.union(
      [
        issuer,
        authorizationServerSchema,
        z.array(z.union([issuer, authorizationServerSchema])).min(1),
      ],
      { error: 'must be an issuer URL, an object with `issuer`, or a list of them' },
    ),
    additionalAudiences: texts.default([]),
    scopeHierarchy: scopeHierarchySchema.optional(),
    policy: policySchema.optional(),
    sessions: sessionsSchema.prefault({}),
    cache: z
      .union([z.literal(false), cacheSchema], { error: 'must be false or an object' })
      .optional(),
    verifier: verifierSchema.optional(),
    sharedStore: sharedStoreSchema.optional(),
    metadata: resourceDescriptionSchema.optional(),
    signedMetadata: signedMetadataSchema.optional(),
    mirrorAuthorizationServerMetadata: flag.default(false),
  },
  'must be an object with `resource` and `authorizationServer`',
)

/** The options of a resource server with their defaults. @internal */
export type ResourceServerSettings = z.output<typeof resourceServerSchema>
