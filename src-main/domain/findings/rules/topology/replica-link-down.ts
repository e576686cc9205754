import { hostAndPort } from '../../../address.ts'
import { describeSeconds } from '../../../units.ts'
import type { LinkSnapshot, NodeSnapshot } from '../../../topology/model.ts'
import { cli, evidence, type Rule, type RuleContext, type Verdict } from '../../rule.ts'
import { isAnswering, linkSubject } from '../../rule-facts.ts'
import { swapHoldMs } from '../../past-facts.ts'

/** A replica without its master's stream. A full resync under way is another finding. */
export const replicaLinkDown: Rule = {
  code: 'replica-link-down',
  section: 'topology',
  severities: ['warning', 'critical'],
  fires:
    'A replica says master_link_status:down and is not synchronising; or it does not answer and the node it follows does not list it. Critical when no other replica is online.',
  matters: 'It falls behind, and after a while it can only come back by a full resync.',
  advice:
    'See what refuses the link: password, name, TLS, a master that is loading; then whether the resync is partial.',
  holdForMs: 0,
  judge: (context) =>
    context.snapshot.links.flatMap((link) => {
      const node = context.snapshot.nodes.get(link.replica)
      if (link.state !== 'down' && link.state !== 'connecting') return []
      if (isAnswering(node)) return node.info?.replication.masterLink === 'down' ? [down(context, link, node)] : []
      const upstream = link.upstream === undefined ? undefined : context.snapshot.nodes.get(link.upstream)
      const isTold =
        link.state === 'down' && isAnswering(upstream) && upstream.info?.replication.connectedReplicas !== undefined
      return isTold ? [missing(context, link, upstream)] : []
    }),
}

function severityOf(context: RuleContext, link: LinkSnapshot): 'critical' | 'warning' {
  const hasOther = context.snapshot.links.some((other) => other !== link && other.state === 'online')
  return hasOther ? 'warning' : 'critical'
}

function down(context: RuleContext, link: LinkSnapshot, node: NodeSnapshot): Verdict {
  const replication = node.info?.replication
  const seconds = replication?.linkDownSeconds
  const upstream = link.upstream ?? 'its master'
  const since =
    seconds !== undefined
      ? ` for ${describeSeconds(seconds)}`
      : replication?.neverConnected === true
        ? ' since its start or promotion'
        : ''
  return {
    kind: 'fires',
    subject: linkSubject(link.replica),
    severity: severityOf(context, link),
    title: `${link.replica} has had no link to ${upstream}${since}`,
    evidence: [
      evidence(context, node.id, 'master_link_status', 'down'),
      evidence(context, node.id, 'master_link_down_since_seconds', seconds),
      evidence(context, node.id, 'slave_repl_offset', replication?.appliedOffset),
      ...(node.roleReply?.role === 'replica' ? [evidence(context, node.id, 'ROLE state', node.roleReply.state)] : []),
    ],
    why: `It stopped at offset ${replication?.appliedOffset ?? 'unknown'}. When it returns: ${resync(link)}. ${refusal(context, link, node)}`,
    remedy: [
      `${cli(node.id, 'INFO replication')}   # and its log: what the master answers`,
      ...(link.upstream === undefined ? [] : [`from the host of ${node.id}: ${cli(link.upstream, 'PING')}`]),
      ...(link.upstream === undefined
        ? []
        : [
            `if it follows a wrong address (master_host ${replication?.masterHost ?? '?'}): ${cli(node.id, `REPLICAOF ${hostAndPort(context.snapshot.master ?? link.upstream)}`)}`,
          ]),
    ],
    holdForMs: swapHoldMs(context),
    ...(seconds === undefined || node.sampledAt === undefined ? {} : { knownSince: node.sampledAt - seconds * 1000 }),
  }
}

function missing(context: RuleContext, link: LinkSnapshot, upstream: NodeSnapshot): Verdict {
  const reachability = context.snapshot.nodes.get(link.replica)?.reachability
  const isSilent = reachability === 'unreachable' || reachability === 'hung'
  return {
    kind: 'fires',
    subject: linkSubject(link.replica),
    severity: severityOf(context, link),
    title: `${link.replica} ${isSilent ? 'does not answer from here and ' : ''}is not attached to ${upstream.id}`,
    evidence: [
      evidence(context, upstream.id, 'connected_slaves', upstream.info?.replication.connectedReplicas),
      {
        node: link.replica,
        field: 'reachability',
        value: reachability,
        at: context.snapshot.takenAt,
      },
    ],
    why: `The node that it follows answers and does not list it. Its last known offset is ${context.snapshot.nodes.get(link.replica)?.info?.replication.appliedOffset ?? 'unknown'}; ${resync(link)}.`,
    remedy: [
      `start ${link.replica} again, or see why it does not answer: ${cli(link.replica, 'PING')}`,
      `a node that is gone for good stays in Sentinel's list until SENTINEL RESET ${context.snapshot.name}, one Sentinel at a time`,
    ],
    holdForMs: swapHoldMs(context),
  }
}

function resync(link: LinkSnapshot): string {
  const { verdict, reason } = link.resyncIfDropped
  if (verdict === 'partial') return `a partial resync (${reason})`
  return verdict === 'full' ? `a full resync (${reason})` : `the resync cannot be foreseen (${reason})`
}

/** What can be told from outside of who refuses it. */
function refusal(context: RuleContext, link: LinkSnapshot, node: NodeSnapshot): string {
  const upstream = link.upstream === undefined ? undefined : context.snapshot.nodes.get(link.upstream)
  const U = upstream?.info
  if (upstream === undefined) return 'The node that it follows is not known here.'
  if (upstream.reachability === 'loading') return `${upstream.id} is loading: it refuses replicas until it is done.`
  if (!isAnswering(upstream)) return `${link.upstream} does not answer from here either.`
  if (U?.replication.role === 'replica' && U.replication.masterLink === 'down')
    return `${upstream.id} is cut off from its own master and refuses replicas (NOMASTERLINK).`
  const state = node.roleReply?.role === 'replica' ? node.roleReply.state : undefined
  const denied = ['NOAUTH', 'WRONGPASS', 'NOPERM'].filter((prefix) => (U?.errors?.get(prefix) ?? 0) > 0)
  if (denied.length > 0)
    return `${upstream.id} has answered ${denied.join(' and ')} to somebody: check masterauth and masteruser of ${node.id}.`
  if (state === 'handshake') return 'It connects and is refused in the handshake: a password, a user, or TLS.'
  if (state === 'connecting') return 'It cannot open the connection: the address, the name, a firewall, or TLS.'
  return 'Its log says what the master answered; that cannot be seen from outside.'
}
