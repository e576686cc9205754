import { hostOf } from '../address.ts'
import { counted } from '../text.ts'
import { describeBytes } from '../units.ts'
import { configFlag } from '../replies/config-get.ts'
import { parseVersion } from '../replies/version.ts'
import { storedHistory } from '../resync/stored-history.ts'
import type { NodeSnapshot } from '../topology/model.ts'
import { advisoriesFor, releaseLine } from './advisories.ts'
import { answeringServers, masterOf } from './rule-facts.ts'
import type { RuleContext } from './rule.ts'
import { countedBytes } from './rules/memory/memory-facts.ts'
import { answeringNodes, versionWords } from './rules/operations/hosts.ts'
import { advisedProcess } from './rules/operations/version-advisory.ts'

/** `partly`: some of it, or as far as can be seen. `cannot-be-seen`: nothing that a server tells answers it. */
export type ChecklistAnswer = 'yes' | 'no' | 'partly' | 'cannot-be-seen'

/** The questions, in the order of a review. */
export type ChecklistItemName =
  | 'persistence'
  | 'wait-use'
  | 'monitoring'
  | 'failure-domains'
  | 'odd-sentinels'
  | 'headroom'
  | 'tested-failover'
  | 'restricted-commands'
  | 'versions'

/** One line of the durability checklist: the question's name, its answer, and in one or two sentences what it rests on. */
export interface ChecklistItem {
  readonly item: ChecklistItemName
  readonly answer: ChecklistAnswer
  readonly evidence: string
}

/** The durability checklist of one group, always all items in the same order. Answers from evidence only. */
export function durabilityChecklist(context: RuleContext): readonly ChecklistItem[] {
  return [
    { item: 'persistence', ...persistence(context) },
    { item: 'wait-use', ...waitUse(context) },
    { item: 'monitoring', ...monitoring(context) },
    { item: 'failure-domains', ...failureDomains(context) },
    { item: 'odd-sentinels', ...oddSentinels(context) },
    { item: 'headroom', ...headroom(context) },
    { item: 'tested-failover', ...testedFailover(context) },
    { item: 'restricted-commands', ...restrictedCommands(context) },
    { item: 'versions', ...versions(context) },
  ]
}

type Answered = Omit<ChecklistItem, 'item'>

function answered(answer: ChecklistAnswer, evidence: string): Answered {
  return { answer, evidence }
}

const NOBODY = 'no data node answers'

function persistence(context: RuleContext): Answered {
  const servers = answeringServers(context)
  if (servers.length === 0) return answered('cannot-be-seen', NOBODY)
  const kept = servers.map((node) => ({ node, ...keepsBy(node) }))
  const words = kept.map(({ node, how }) => `${node.id}: ${how}`).join('; ')
  const keeping = kept.filter(({ keeps }) => keeps === true).length
  if (keeping === kept.length) return answered('yes', words)
  if (kept.every(({ keeps }) => keeps === undefined)) return answered('cannot-be-seen', words)
  return answered(kept.every(({ keeps }) => keeps === false) ? 'no' : 'partly', words)
}

/** `keeps` is false for nothing at all and for what fails now. */
function keepsBy(node: NodeSnapshot): { readonly keeps: boolean | undefined; readonly how: string } {
  const { info, config } = node
  if (info === undefined) return { keeps: undefined, how: 'not known' }
  const { aof, savesOnShutdown } = storedHistory(info, config, node.sampledAt ?? 0)
  const isFailing =
    aof === true ? info.persistence.aofLastWriteStatus === 'err' : info.persistence.lastBgsaveStatus === 'err'
  const fsync = config?.get('appendfsync')
  const how =
    aof === true
      ? `AOF${fsync === undefined ? '' : ` ${fsync}`}`
      : savesOnShutdown === true
        ? 'RDB only'
        : aof === undefined || savesOnShutdown === undefined
          ? 'not known'
          : 'nothing'
  if (how === 'not known')
    return { keeps: undefined, how: 'not known (CONFIG GET is not permitted or was not answered)' }
  return { keeps: how !== 'nothing' && !isFailing, how: isFailing ? `${how}, failing now` : how }
}

function waitUse(context: RuleContext): Answered {
  const master = masterOf(context)
  const commands = master?.info?.commands
  if (master === undefined || commands === undefined)
    return answered('cannot-be-seen', 'the command statistics of the master were not read')
  const calls = (commands.get('wait')?.calls ?? 0) + (commands.get('waitaof')?.calls ?? 0)
  return calls > 0
    ? answered(
        'yes',
        `${calls} calls of WAIT or WAITAOF on ${master.id} since its statistics began; by whom cannot be seen`,
      )
    : answered('no', `no WAIT or WAITAOF on ${master.id} since its statistics began`)
}

/** Who else watches leaves no trace that could be told from any client. */
function monitoring(context: RuleContext): Answered {
  const watching = context.snapshot.views.filter((view) => view.isReachable).length
  const sentinels =
    watching === 0
      ? 'no Sentinel answers'
      : `${watching === 1 ? '1 Sentinel watches' : `${watching} Sentinels watch`} the master`
  return answered(
    'cannot-be-seen',
    `${sentinels}; whether metrics and alerts are collected cannot be told from outside`,
  )
}

function failureDomains(context: RuleContext): Answered {
  const { snapshot } = context
  const members = [...(snapshot.master === undefined ? [] : [snapshot.master]), ...snapshot.replicas]
  if (members.length === 0) return answered('cannot-be-seen', 'no members are known')
  const hosts = new Set(members.map(hostOf))
  const sentinelHosts = snapshot.sentinels.map(hostOf)
  const words = `${counted(members.length, 'data node')} on ${hosts.size} host ${hosts.size === 1 ? 'address' : 'addresses'}, ${counted(sentinelHosts.length, 'Sentinel')} on ${new Set(sentinelHosts).size}; racks, zones and shared hypervisors cannot be seen`
  if (members.length < 2 || hosts.size === 1) return answered('no', words)
  const masterHost = snapshot.master === undefined ? undefined : hostOf(snapshot.master)
  const beside = sentinelHosts.filter((host) => host === masterHost).length
  const isSpread =
    hosts.size === members.length &&
    new Set(sentinelHosts).size === sentinelHosts.length &&
    beside * 2 < Math.max(1, sentinelHosts.length)
  return answered(isSpread ? 'yes' : 'partly', words)
}

function oddSentinels(context: RuleContext): Answered {
  const { knownSentinels, quorum, isNamedBySentinel } = context.snapshot
  if (knownSentinels === 0)
    return isNamedBySentinel
      ? answered('cannot-be-seen', 'no Sentinel has answered')
      : answered('no', 'no Sentinel is known to monitor the group')
  const words = `${knownSentinels === 1 ? '1 Sentinel is' : `${knownSentinels} Sentinels are`} known${quorum === undefined ? '' : `, quorum ${quorum}`}`
  if (knownSentinels < 3) return answered('no', `${words}: too few to lose one`)
  return knownSentinels % 2 === 1
    ? answered('yes', words)
    : answered('partly', `${words}: an even number tolerates no more than one less would`)
}

/** Disks are never seen from outside, so the best answer is `partly`. */
function headroom(context: RuleContext): Answered {
  const servers = answeringServers(context)
  if (servers.length === 0) return answered('cannot-be-seen', NOBODY)
  const { memoryWarnRatio } = context.thresholds
  const ill = servers.flatMap(({ id, info }) => (info === undefined ? [] : shortages(id, info, memoryWarnRatio)))
  const disk = 'free disk space cannot be seen'
  if (ill.length > 0) return answered('no', `${ill.join('; ')}; ${disk}`)
  const limits = servers.map(({ id, info }) => {
    const max = info?.memory.maxBytes
    const used = info === undefined ? undefined : countedBytes(info)
    if (max === undefined || used === undefined) return `${id}: not known`
    return max === 0
      ? `${id}: no limit, ${describeBytes(used)} used`
      : `${id}: ${Math.round((used / max) * 100)} % of ${describeBytes(max)}`
  })
  const isUnknown = limits.every((text) => text.endsWith('not known'))
  return answered(isUnknown ? 'cannot-be-seen' : 'partly', `memory: ${limits.join('; ')}; ${disk}`)
}

function shortages(id: string, info: NonNullable<NodeSnapshot['info']>, warnRatio: number): readonly string[] {
  const { maxBytes, rssBytes, totalSystemBytes } = info.memory
  const { lastBgsaveStatus, aofLastWriteStatus, aofLastRewriteStatus, lastCowBytes } = info.persistence
  const used = countedBytes(info)
  return [
    ...(used !== undefined && maxBytes !== undefined && maxBytes > 0 && used > maxBytes * warnRatio
      ? [`${id} uses ${Math.round((used / maxBytes) * 100)} % of its memory limit`]
      : []),
    ...(rssBytes !== undefined && totalSystemBytes !== undefined && rssBytes + (lastCowBytes ?? 0) > totalSystemBytes
      ? [`${id} has no memory left for a fork`]
      : []),
    ...([lastBgsaveStatus, aofLastWriteStatus, aofLastRewriteStatus].includes('err')
      ? [`${id} fails to write to its disk`]
      : []),
  ]
}

function testedFailover(context: RuleContext): Answered {
  const { snapshot, past } = context
  const switches = past.events.filter((event) => event.what === '+switch-master')
  const last = switches.at(-1)
  if (last !== undefined) return answered('yes', `a failover was seen while watching: ${last.detail}`)
  const epochs = snapshot.views.flatMap((view) => view.facts?.configEpoch ?? [])
  if (epochs.length === 0) return answered('cannot-be-seen', 'no Sentinel told its configuration epoch')
  const epoch = Math.max(...epochs)
  return epoch > 0
    ? answered(
        'partly',
        `Sentinels have reconfigured the group before (config-epoch ${epoch}); when, and whether it was a test, cannot be seen`,
      )
    : answered('no', 'config-epoch 0: no Sentinel has ever failed this group over')
}

function restrictedCommands(context: RuleContext): Answered {
  const judged = answeringServers(context).flatMap((node) => {
    const may = node.access?.user === 'default' ? node.access.defaultUserMay : undefined
    if (may !== undefined && may.size > 0)
      return [{ id: node.id, open: [...may].filter(([, isAllowed]) => isAllowed).map(([command]) => command) }]
    return node.config !== undefined && configFlag(node.config, 'enable-debug-command') === true
      ? [{ id: node.id, open: ['DEBUG'] }]
      : []
  })
  if (judged.length === 0)
    return answered(
      'cannot-be-seen',
      'what the default user may run was not answered (ACL DRYRUN), or another user is used here',
    )
  const open = judged.filter((one) => one.open.length > 0)
  if (open.length === 0)
    return answered('yes', `the default user is restricted on ${judged.map(({ id }) => id).join(', ')}`)
  return answered(
    open.length === judged.length ? 'no' : 'partly',
    open.map((one) => `${one.id}: ${one.open.join(', ')} open to the default user`).join('; '),
  )
}

function versions(context: RuleContext): Answered {
  const nodes = answeringNodes(context)
  const judged = nodes.flatMap((node) => {
    const process = advisedProcess(node)
    const answer = process === undefined ? undefined : advisoriesFor(process)
    if (answer?.known !== true) return []
    const version = parseVersion(node.info?.server.version)
    const line = version === undefined ? undefined : releaseLine(node.info?.server.flavour ?? 'unknown', version)
    const hasEnded = line?.endOfLifeAt !== undefined && line.endOfLifeAt <= context.snapshot.takenAt
    const lacks = answer.matches.filter((match) => match.severity === 'warning').length
    return [{ id: node.id, hasEnded, lacks, version: versionWords(node) ?? '' }]
  })
  if (judged.length === 0) return answered('cannot-be-seen', 'no node told a version that the advisories know')
  const all = [...new Set(judged.map(({ version }) => version))].join(', ')
  const behind = judged.filter(({ hasEnded, lacks }) => hasEnded || lacks > 0)
  const backports = 'fixes that a distribution carried back cannot be seen'
  if (behind.length > 0) {
    const words = behind.map(
      ({ id, hasEnded, lacks }) => `${id} lacks ${lacks} fixes${hasEnded ? ', its line has ended' : ''}`,
    )
    return answered('no', `${all}: ${words.join('; ')}; ${backports}`)
  }
  const isMixed = new Set(judged.map(({ version }) => version)).size > 1
  const isComplete = judged.length === nodes.length && !isMixed
  return answered(
    isComplete ? 'yes' : 'partly',
    isComplete
      ? `all run ${all}, without a known open defect`
      : `${all}${judged.length < nodes.length ? '; not every node told its version' : ''}`,
  )
}
