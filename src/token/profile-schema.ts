import { z } from 'zod'
import { optionsSchema } from '../options/options-schema.ts'
import { asGiven, callable, text, texts } from '../options/schema-parts.ts'
import { SCOPE_TOKEN } from '../options/scope-token.ts'
import type { ProfileHints, TokenProfile } from './profile.ts'

const names = texts.min(1, 'must name at least one claim')

type Member<Name extends keyof TokenProfile> = NonNullable<TokenProfile[Name]>
type Hint<Name extends keyof ProfileHints> = NonNullable<ProfileHints[Name]>

const hints = optionsSchema<ProfileHints>()(
  {
    refused: callable<Hint<'refused'>>().optional(),
    inactive: callable<Hint<'inactive'>>().optional(),
    unknownIssuer: callable<Hint<'unknownIssuer'>>().optional(),
    clientRefused: callable<Hint<'clientRefused'>>().optional(),
    exchangeRefused: callable<Hint<'exchangeRefused'>>().optional(),
  },
  'must be an object of functions',
)

const confirmationNotes = z
  .record(z.string(), z.enum(['jkt', 'x5t#S256'], { error: 'must be "jkt" or "x5t#S256"' }), {
    error: 'must be an object of notes, such as { "a-note": "jkt" }',
  })
  .refine((notes) => !('jkt' in notes || 'x5t#S256' in notes), {
    error: 'must not name `jkt` or `x5t#S256`, which bind the token',
  })

const members = optionsSchema<TokenProfile>()(
  {
    name: text("the profile's name"),
    requiredClaims: texts.optional(),
    scopeClaims: names.optional(),
    scopePrefix: z
      .string({ error: 'must be the beginning of scopes' })
      .regex(SCOPE_TOKEN, 'must be the beginning of scopes, without spaces, quotes and backslashes')
      .optional(),
    clientIdClaims: names.optional(),
    rolesOf: callable<Member<'rolesOf'>>().optional(),
    checkType: callable<Member<'checkType'>>().optional(),
    genericAudiences: texts.optional(),
    audienceSubstitutes: z
      .array(
        z.enum(['scope-prefix', 'client-id'], { error: 'must be "scope-prefix" or "client-id"' }),
        { error: 'must be a list of "scope-prefix" and "client-id"' },
      )
      .optional(),
    isLightweight: callable<Member<'isLightweight'>>().optional(),
    confirmationNotes: confirmationNotes.optional(),
    introspectionTexts: texts.optional(),
    readExchangeRefusal: callable<Member<'readExchangeRefusal'>>().optional(),
    hints: hints.optional(),
  },
  "must be a profile, not a name; leave it out for RFC 9068; for Keycloak: import { keycloakProfile } from 'mcp-resource-server/keycloak'",
)

/** The schema of a {@link TokenProfile}. It passes on the profile itself, whose methods may need it. @internal */
export const profileSchema = asGiven<TokenProfile>(members)
