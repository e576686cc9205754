import { z } from 'zod'

/** How careful to be there. */
export const profileEnvironment = z.enum(['production', 'staging', 'development', 'lab'])

/** A mark beside the name; what is dangerous is told by the environment, never by this. */
export const profileColour = z.enum(['red', 'orange', 'yellow', 'green', 'teal', 'blue', 'purple', 'grey'])

/** As typed; the host says what a name may be. */
export const profileName = z.string().min(1).max(200)

/** A saved connection as the page sees it: never a secret, only whether there are any. */
export const profile = z.object({
  name: z.string(),
  /** Null: lab for a lab of this machine, else production. */
  environment: profileEnvironment.nullable(),
  colour: profileColour.nullable(),
  /** `host:port`, in the order given. */
  addresses: z.array(z.string()),
  group: z.string().nullable(),
  usesTls: z.boolean(),
  /** Certificates are not verified: shown in red. */
  insecureTls: z.boolean(),
  hasSecrets: z.boolean(),
  /** Secrets that neither the keychain nor this session has; the page asks for them before it opens the connection. */
  toBeGiven: z.array(z.enum(['password', 'sentinel-password', 'key', 'sentinel-key'])),
})
