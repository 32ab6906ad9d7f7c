import { z } from 'zod'
import { callable, text, texts } from './schema-parts.ts'

const names = texts.min(1, 'must name at least one claim')

/** The schema of a `TokenProfile`. @internal */
export const profileSchema = z.strictObject(
  {
    name: text("the profile's name"),
    requiredClaims: texts.optional(),
    scopeClaims: names.optional(),
    clientIdClaims: names.optional(),
    rolesOf: callable.optional(),
    checkType: callable.optional(),
    genericAudiences: texts.optional(),
    isLightweight: callable.optional(),
    confirmationNotes: z
      .record(z.string(), z.enum(['jkt', 'x5t#S256'], { error: 'must be "jkt" or "x5t#S256"' }), {
        error: 'must be an object of notes, such as { "a-note": "jkt" }',
      })
      .refine((notes) => !('jkt' in notes || 'x5t#S256' in notes), {
        error: 'must not name `jkt` or `x5t#S256`, which bind the token',
      })
      .optional(),
    introspectionTexts: texts.optional(),
    readExchangeRefusal: callable.optional(),
    hints: z
      .strictObject(
        {
          inactive: callable.optional(),
          unknownIssuer: callable.optional(),
          clientRefused: callable.optional(),
          exchangeRefused: callable.optional(),
        },
        { error: 'must be an object of functions' },
      )
      .optional(),
  },
  {
    error:
      "must be a profile, not a name; for Keycloak: import { keycloakProfile } from 'mcp-resource-server/keycloak'",
  },
)
