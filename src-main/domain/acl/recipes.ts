import type { ActionName, PeerKind } from '../plans/model.ts'
import type { Flavour } from '../replies/info-reply.ts'
import { isAtLeast, parseVersion } from '../replies/version.ts'
import type { Since } from '../replies/version.ts'

/** What a server is, as far as ACL lines depend on it. */
export interface AclPeer {
  readonly kind: PeerKind
  readonly flavour: Flavour
  /** Undefined: unknown; a present-day version is then supposed. */
  readonly version: string | undefined
}

/** One ACL line for one purpose. `line` undefined: none helps, and `note` says why. */
export interface AclRecipe {
  readonly purpose: 'observe' | ActionName
  readonly line: string | undefined
  readonly note: string | undefined
}

/** The user that the lines are about. */
export const ACL_USER = 'repliscope'
/** Where the password goes; typed on the server, never here. */
export const PASSWORD_PLACE = '>PASSWORD'

interface Right {
  readonly rule: string
  /** Absent: as old as ACLs are. */
  readonly since?: Since
}

/** CLIENT UNPAUSE and channel patterns came with 6.2, ACL DRYRUN with 7.0, WAITAOF with 7.2. */
const V6_2: Since = { redis: '6.2.0', valkey: '7.2.0' }
const V7_0: Since = { redis: '7.0.0', valkey: '7.2.0' }
const V7_2: Since = { redis: '7.2.0', valkey: '7.2.0' }

const rights = (...rules: readonly string[]): readonly Right[] => rules.map((rule) => ({ rule }))
const since = (version: Since, ...rules: readonly string[]): readonly Right[] =>
  rules.map((rule) => ({ rule, since: version }))

/**
 * Everything that the inspector sends to look on, and nothing else. HELLO and AUTH need no right. Not among them, on
 * purpose: `+sentinel|config`, for CONFIG is one subcommand there and would let the user run SENTINEL CONFIG SET.
 */
const OBSERVE: Readonly<Record<PeerKind, readonly Right[]>> = {
  server: [
    ...rights('resetkeys'),
    // Sentinels are found by their hellos; before 6.2 every user may listen to every channel.
    ...since(V6_2, 'resetchannels', '&__sentinel__:hello'),
    ...rights('+ping', '+info', '+role', '+subscribe', '+config|get', '+client|list', '+client|setname'),
    // Who we are there, and what everybody may do.
    ...rights('+acl|whoami'),
    ...since(V7_0, '+acl|dryrun'),
  ],
  sentinel: [
    ...rights('resetchannels', 'allchannels', '+ping', '+info', '+role', '+psubscribe', '+client|setname'),
    ...rights('+sentinel|masters', '+sentinel|master', '+sentinel|replicas', '+sentinel|slaves'),
    ...rights('+sentinel|sentinels', '+sentinel|ckquorum', '+sentinel|get-master-addr-by-name'),
    ...rights('+sentinel|myid', '+sentinel|info-cache'),
    // What an action may do there is looked at before it is confirmed.
    ...rights('+acl|whoami'),
    ...since(V7_0, '+acl|dryrun'),
  ],
}

const PROBE = rights('~repliscope:probe:*', '+set', '+del')
const SETTINGS = rights('+config|set', '+config|rewrite')
const PAUSE = [...rights('+client|pause'), ...since(V6_2, '+client|unpause')]
const TRANSACTION = rights('+multi', '+exec')
/** The planned change of masters: fence, pause, demotion in one transaction that cuts clients off. */
const HAND_OVER = [...SETTINGS, ...PAUSE, ...TRANSACTION, ...rights('+replicaof', '+client|kill')]

interface ActionRights {
  readonly server: readonly Right[]
  readonly sentinel: readonly Right[]
  /** The server has no such thing before. */
  readonly needs?: Since
  readonly lacks?: string
}

const NONE: readonly Right[] = []
const onServer = (server: readonly Right[]): ActionRights => ({ server, sentinel: NONE })
const onSentinel = (sentinel: readonly Right[]): ActionRights => ({ server: NONE, sentinel })

/** What each action sends beyond observing. Source: the commands of the plans, and redis-facts 12.4. */
const ACTIONS: Readonly<Record<ActionName, ActionRights>> = {
  'wait-test': onServer([...PROBE, ...rights('+wait')]),
  'waitaof-test': { ...onServer([...PROBE, ...rights('+waitaof')]), needs: V7_2, lacks: 'WAITAOF came with 7.2' },
  switchover: { server: HAND_OVER, sentinel: rights('+sentinel|failover') },
  'forced-failover': { server: HAND_OVER, sentinel: rights('+sentinel|failover') },
  'safe-restart': {
    server: [...HAND_OVER, ...rights('+shutdown')],
    sentinel: rights('+sentinel|failover'),
  },
  'rolling-restart': {
    server: [...HAND_OVER, ...rights('+shutdown')],
    sentinel: rights('+sentinel|failover'),
  },
  // What takes it back is a setting and its file, in one transaction.
  flushall: onServer([...SETTINGS, ...TRANSACTION, ...rights('+flushall', '+bgsave', '+dbsize', '+lastsave')]),
  flushdb: onServer([...SETTINGS, ...TRANSACTION, ...rights('+flushdb', '+bgsave', '+select', '+dbsize', '+lastsave')]),
  'config-set': onServer(SETTINGS),
  bgsave: onServer(rights('+bgsave', '+lastsave')),
  bgrewriteaof: onServer(rights('+bgrewriteaof')),
  replicaof: onServer([...SETTINGS, ...TRANSACTION, ...rights('+replicaof')]),
  'sentinel-reset': onSentinel(rights('+sentinel|reset')),
  'sentinel-set': onSentinel(rights('+sentinel|set')),
  ckquorum: onSentinel(NONE),
  // What may have to be taken back is what a hand-over did.
  undo: onServer(HAND_OVER),
  'client-pause': onServer(PAUSE),
  'client-unpause': { ...onServer(since(V6_2, '+client|unpause')), needs: V6_2, lacks: 'CLIENT UNPAUSE came with 6.2' },
}

const KEEP = 'ACL SAVE (or CONFIG REWRITE where there is no aclfile) keeps it over a restart'

/**
 * The lines for one peer: first to observe, a user of its own; then an action each, to be added to that user. An action
 * that sends this kind of peer nothing but reads is left out.
 */
export function aclRecipesFor(peer: AclPeer): readonly AclRecipe[] {
  const observe = observeRecipe(peer)
  if (observe.line === undefined) return [observe]
  return [
    observe,
    ...(Object.keys(ACTIONS) as ActionName[]).flatMap((action) => {
      const recipe = actionRecipe(action, peer)
      return recipe === undefined ? [] : [recipe]
    }),
  ]
}

function observeRecipe(peer: AclPeer): AclRecipe {
  if (!hasAcl(peer))
    return {
      purpose: 'observe',
      line: undefined,
      note:
        peer.kind === 'server'
          ? 'No ACL before 6.0: one password (requirepass) opens everything; rename-command hides single commands.'
          : 'No ACL on Sentinels before 6.2: one password (requirepass) opens everything.',
    }
  const rules = rulesFor(OBSERVE[peer.kind], peer)
  const line = `ACL SETUSER ${ACL_USER} reset on ${PASSWORD_PLACE} ${rules.join(' ')}`
  const secrets = peer.kind === 'server' ? '; +config|get can read secrets, without it settings are not judged' : ''
  return { purpose: 'observe', line, note: `${KEEP}${secrets}` }
}

function actionRecipe(action: ActionName, peer: AclPeer): AclRecipe | undefined {
  const { [peer.kind]: needed, needs, lacks } = ACTIONS[action]
  if (needed.length === 0) return undefined
  if (needs !== undefined && isMissing(peer, needs)) return { purpose: action, line: undefined, note: lacks }
  const line = `ACL SETUSER ${ACL_USER} ${[...new Set(rulesFor(needed, peer))].join(' ')}`
  return { purpose: action, line, note: undefined }
}

/** ACLs exist from 6.0 on, on Sentinels from 6.2. Unknown: a present-day version is supposed. */
function hasAcl({ kind, version }: AclPeer): boolean {
  const read = parseVersion(version)
  if (read === undefined) return true
  return read.major > 6 || (read.major === 6 && (kind === 'server' || read.minor >= 2))
}

function rulesFor(needed: readonly Right[], peer: AclPeer): readonly string[] {
  return needed.flatMap(({ rule, since: from }) => (from !== undefined && isMissing(peer, from) ? [] : [rule]))
}

function isMissing(peer: AclPeer, from: Since): boolean {
  return isAtLeast(peer, from) === false
}
