import { z } from 'zod'

const recipe = z.object({
  /** `observe`, or the name of an action. */
  purpose: z.string(),
  /** `ACL SETUSER ...` as to be typed; null where no line helps, and `note` says why. */
  line: z.string().nullable(),
  note: z.string().nullable(),
})

/** The ACL lines for one kind of server, as its version understands them, and the nodes that they are for. */
export const aclRecipes = z.object({
  /** One entry a kind, flavour and version; data nodes before Sentinels. */
  peers: z.array(
    z.object({
      kind: z.enum(['server', 'sentinel']),
      flavour: z.enum(['redis', 'valkey', 'unknown']),
      version: z.string().nullable(),
      nodes: z.array(z.string()),
      recipes: z.array(recipe),
    }),
  ),
  /** Nodes that refused something that is needed to observe them; `line` gives the right, null where there is no ACL. */
  lacking: z.array(
    z.object({
      node: z.string(),
      /** Null: not known. */
      user: z.string().nullable(),
      commands: z.array(z.string()),
      line: z.string().nullable(),
    }),
  ),
})
