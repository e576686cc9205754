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

/** What of a saved connection the page never sees. It stays when the profile is edited, where the page says so. */
export const profilePart = z.enum([
  'password',
  'sentinel-password',
  'ca',
  'cert',
  'key',
  'sentinel-ca',
  'sentinel-cert',
  'sentinel-key',
])

/** A part that a profile has, and in words where it is. */
export const keptPart = z.object({ part: profilePart, where: z.string() })

/** Numbers that findings are judged with, by name, where they differ from the defaults. */
export const profileThresholds = z.record(z.string().max(64), z.number())

/** What became of a file of profiles, by name. */
export const importReport = z.object({
  taken: z.array(z.string()),
  /** Taken under another name, for theirs is in use. */
  renamed: z.array(z.object({ from: z.string(), to: z.string() })),
  replaced: z.array(z.string()),
  refused: z.array(z.object({ name: z.string(), why: z.string() })),
})

export type ProfilePart = z.infer<typeof profilePart>
export type ImportReport = z.infer<typeof importReport>
