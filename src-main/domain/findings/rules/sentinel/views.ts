import type { NodeId } from '../../../address.ts'
import type { SentinelInstance, SentinelMaster, SentinelReplica } from '../../../replies/reply-types.ts'
import type { SentinelView } from '../../../topology/model.ts'
import type { Evidence } from '../../model.ts'
import { cli, type RuleContext } from '../../rule.ts'
import { oncePerPicture } from '../../rule-facts.ts'

/** A Sentinel that answers from here and monitors the group, with what it says of the master. */
export interface SpeakingView extends SentinelView {
  readonly facts: SentinelMaster
}

/** Sentinels that answer from here and monitor the group, by id. */
export const speakingViews = oncePerPicture((context): readonly SpeakingView[] =>
  context.snapshot.views.filter((view): view is SpeakingView => view.isReachable && view.facts !== undefined),
)

/** Evidence from one Sentinel's words about the group. */
export function said(view: SentinelView, field: string, value: string | number | boolean | undefined): Evidence {
  return { node: view.sentinel, field, value, at: view.at }
}

/** The flags of an instance as the Sentinel spells them. */
export function flagsText(instance: SentinelInstance): string {
  return [...instance.flags].join(',')
}

/** The same command for every Sentinel that answers; settings of a Sentinel are its own. */
export function onEverySentinel(context: RuleContext, words: string): readonly string[] {
  return speakingViews(context).map((view) => cli(view.sentinel, words))
}

/** One Sentinel's entry of a replica, the first that there is. */
export function listedReplica(
  context: RuleContext,
  node: NodeId,
): { readonly view: SpeakingView; readonly entry: SentinelReplica } | undefined {
  for (const view of speakingViews(context)) {
    const entry = view.replicas?.find((one) => one.node === node)
    if (entry !== undefined) return { view, entry }
  }
  return undefined
}

/** `host:port` as the Sentinel wrote it, before aliases are folded. */
export function addressOf(instance: SentinelInstance & { readonly node: NodeId }): string {
  const { host, port } = instance
  if (host === undefined || port === undefined) return instance.node
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`
}

/** A Sentinel holds it for gone, or has no connection to it. */
export function isIll(instance: SentinelInstance): boolean {
  return instance.flags.has('s_down') || instance.flags.has('o_down') || instance.flags.has('disconnected')
}

/** The state machine of a failover is at work on some Sentinel. */
export function isFailingOver(context: RuleContext): boolean {
  return speakingViews(context).some(
    (view) => view.facts.flags.has('failover_in_progress') || view.facts.failoverState !== undefined,
  )
}
