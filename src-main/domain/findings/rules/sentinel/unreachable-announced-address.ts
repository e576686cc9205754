import type { NodeId } from '../../../address.ts'
import type { SentinelInstance } from '../../../replies/reply-types.ts'
import { evidence, type Rule, type RuleContext } from '../../rule.ts'
import { nodeSubject } from '../../rule-facts.ts'
import { addressOf, isIll, said, speakingViews, type SpeakingView } from './views.ts'

/** A Sentinel's answered PING is at most this old: it pings every second. */
const FRESH_PING_MS = 2500
/** A node that was reached before may have died this moment: the Sentinels have not noticed yet. */
const KNOWN_NODE_HOLD_MS = 30_000

/** Reached by Sentinel, not from here: an address behind NAT or in a container network. */
export const unreachableAnnouncedAddress: Rule = {
  code: 'unreachable-announced-address',
  section: 'sentinel',
  severities: ['warning'],
  fires: 'an announced address is not reachable from here although a Sentinel reaches it',
  matters: 'Nothing is known of the node but what others say. It is not down: clients here, too, cannot reach it.',
  advice: 'Enter its reachable address (--nat ANNOUNCED=REACHABLE), or announce one that clients reach.',
  holdForMs: 0,
  judge: (context) =>
    [...context.snapshot.nodes.values()].flatMap((node) => {
      const { failure } = node
      if (node.reachability !== 'unreachable' || failure?.kind !== 'unreachable') return []
      // who takes the connection is reached: what then fails is TLS or access, and no other address would help
      if (failure.cause === 'tls' || failure.cause === 'closed') return []
      const witness = witnessOf(context, node.id)
      if (witness === undefined) return []
      const { view, entry, address } = witness
      const isSentinel = node.kind === 'sentinel'
      return {
        kind: 'fires' as const,
        subject: nodeSubject(node.id),
        severity: 'warning' as const,
        ...(node.lastSeenAt === undefined ? {} : { holdForMs: KNOWN_NODE_HOLD_MS }),
        title: `${node.id} is unreachable from here, though Sentinel ${view.sentinel} reaches it`,
        evidence: [
          evidence(context, node.id, 'connect', failure.detail === '' ? failure.cause : failure.detail),
          said(view, `${address} last-ok-ping-reply`, entry.lastOkPingReplyMs),
          said(view, `${address} flags`, [...entry.flags].join(',')),
        ],
        why: 'The announced address belongs to a network that this machine does not see (NAT, containers). After a failover clients outside that network would be sent to it in vain.',
        remedy: [
          `Give the address by which it is reached from here: --nat ${node.id}=HOST:PORT`,
          isSentinel
            ? 'Or announce one that everybody reaches: sentinel announce-ip and announce-port in its file'
            : `Or announce one that everybody reaches: replica-announce-ip and replica-announce-port on ${node.id}`,
        ],
      }
    }),
}

interface Witness {
  readonly view: SpeakingView
  readonly entry: SentinelInstance
  readonly address: string
}

function witnessOf(context: RuleContext, node: NodeId): Witness | undefined {
  for (const view of speakingViews(context)) {
    const listed = [...(view.replicas ?? []), ...(view.peers ?? [])].find((one) => one.node === node)
    const entry = listed ?? (view.master === node ? { ...view.facts, node } : undefined)
    if (entry === undefined || isIll(entry)) continue
    if (entry.lastOkPingReplyMs !== undefined && entry.lastOkPingReplyMs <= FRESH_PING_MS)
      return { view, entry, address: addressOf(entry) }
  }
  return undefined
}
