import type { NodeId } from '../address.ts'
import { masterRate, toParty } from '../resync/parties.ts'
import { resyncVerdict } from '../resync/verdict.ts'
import type { GroupSnapshot, ResyncVerdict } from '../topology/model.ts'
import type { CommandWords, Draft, Intent, PreflightCheck } from './model.ts'
import { answering, hostAndPort, idOf, nodeOf } from './nodes.ts'
import { factsAbout, factsOf } from './observed.ts'
import { fullSyncChecks } from './full-sync-checks.ts'
import { check, step } from './seal.ts'
import type { PlanInput } from './switchover.ts'

/** Points a node at another one of its group, or detaches it. Never the master: that is a switchover. */
export function planReplicaof(intent: Intent, { snapshot, observed }: PlanInput): Draft {
  const node = intent.node === undefined ? undefined : nodeOf(intent, snapshot)
  const to = intent.to === undefined || intent.to === 'no-one' ? intent.to : idOf(snapshot, intent.to)
  const found = answering(observed, node, intent.node ?? '')
  if ('check' in found || node === undefined || to === undefined)
    return {
      target: intent.group,
      steps: [],
      preflight: [
        'check' in found
          ? found
          : check(
              'to',
              'failed',
              intent.to === undefined
                ? 'whom it is to follow is not given: a node, or no-one'
                : `${intent.to} is not a node of this group: another group's data would replace this one's`,
            ),
      ],
      blastRadius: [],
      confirm: intent.group,
      relies: {},
    }
  const { masterHost, masterPort, role } = found.info.replication
  const was: CommandWords =
    masterHost === undefined || masterPort === undefined
      ? ['REPLICAOF', 'NO', 'ONE']
      : ['REPLICAOF', masterHost, String(masterPort)]
  const command: CommandWords = to === 'no-one' ? ['REPLICAOF', 'NO', 'ONE'] : ['REPLICAOF', ...hostAndPort(to)]
  const resync = to === 'no-one' ? undefined : verdictOf(snapshot, node, to, observed.at)
  const keeps = resync === undefined || resync.verdict === 'partial'
  return {
    target: `${node} -> ${to}`,
    steps: [
      step({
        title: to === 'no-one' ? `detach ${node}` : `point ${node} at ${to}`,
        node,
        peer: 'server',
        commands: [command],
        undo: keeps ? { title: `point ${node} back`, node, commands: [was] } : undefined,
        isIrreversible: !keeps,
        needsRole: role,
        causes: { [`server:${node}:role`]: null, [`server:${node}:follows`]: null, [`server:${node}:link`]: null },
        wait: { kind: 'follows', params: { of: to } },
        timeoutMs: 600_000,
      }),
      ...(intent.withRewrite === true
        ? [
            step({
              title: `keep it in the file of ${node}`,
              node,
              peer: 'server',
              commands: [['CONFIG', 'REWRITE']],
              isIrreversible: true,
            }),
          ]
        : []),
    ],
    preflight: checks(intent, { snapshot, observed, lastMovedAt: undefined }, node, to, resync),
    blastRadius: [
      to === 'no-one'
        ? `${node} becomes a writable master of its own; nothing keeps it and the group the same`
        : keeps
          ? `${node} continues from ${to}: ${resync?.reason ?? ''}`
          : `all data of ${node} is replaced by those of ${to}: ${resync?.reason ?? ''}`,
      ...followers(snapshot, node).map((one) => `${one} follows ${node} and goes with it`),
    ],
    confirm: node,
    relies: factsAbout(factsOf(observed), [
      `server:${node}:`,
      ...(to === 'no-one' ? [] : [`server:${to}:run-id`, `server:${to}:role`, `server:${to}:replid`]),
      ...[...observed.sentinels.keys()].flatMap((one) => [`sentinel:${one}:master`, `sentinel:${one}:failover`]),
    ]),
    particulars: { node, to },
  }
}

function verdictOf(snapshot: GroupSnapshot, node: NodeId, to: NodeId, now: number): ResyncVerdict | undefined {
  const upstream = toParty(snapshot.nodes.get(to))
  const replica = toParty(snapshot.nodes.get(node))
  if (upstream === undefined || replica === undefined)
    return {
      verdict: 'unknown',
      reason: 'one of them was not read',
      decidedBy: '',
      sendBytes: undefined,
      atRiskBytes: undefined,
    }
  return resyncVerdict({ plan: 'repoint', upstream, replica, now, bytesPerSecond: masterRate(snapshot) })
}

function checks(
  intent: Intent,
  { snapshot, observed }: PlanInput,
  node: NodeId,
  to: NodeId,
  resync: ResyncVerdict | undefined,
): readonly PreflightCheck[] {
  const path = upstreamsOf(snapshot, to)
  const own = observed.servers.get(node)?.info
  const link = snapshot.links.find((one) => one.replica === node)
  return [
    node === snapshot.master
      ? check('role', 'failed', `${node} is the master: use switchover`)
      : check('role', 'passed', `${node} is a ${own?.replication.role ?? 'node of unknown role'}`),
    to === node || path.includes(node)
      ? check(
          'no-loop',
          'failed',
          to === node ? 'a node cannot follow itself' : `${to} follows ${node} already: that would be a loop`,
        )
      : check('no-loop', 'passed', to === 'no-one' ? 'nobody is followed' : `${to} does not follow ${node}`),
    link?.upstream === to
      ? check('changes', 'failed', `${node} follows ${to} already`)
      : check('changes', 'passed', `it follows ${link?.upstream ?? 'nobody'} now`),
    ...(to !== 'no-one' && observed.servers.get(to)?.failure !== undefined
      ? [check('to-answers', 'failed', `${to} does not answer`)]
      : []),
    ...(resync === undefined || resync.verdict === 'partial'
      ? []
      : [
          check(
            'data-replaced',
            'warned',
            `${resync.verdict === 'full' ? 'a full resync' : 'whether it is a full resync cannot be foreseen'}: ${resync.reason}; ${keysOf(own)} keys of ${node} would be replaced`,
          ),
          ...fullSyncChecks([{ source: to, replica: node }], { snapshot, observed, lastMovedAt: undefined }),
        ]),
    ...(snapshot.isNamedBySentinel && to !== snapshot.master
      ? [
          check(
            'sentinel-undoes-it',
            'warned',
            to === 'no-one'
              ? 'Sentinel attaches a detached node again within seconds, and its data are replaced: to keep them, SENTINEL REMOVE the group on every Sentinel first'
              : 'Sentinel points it at the master again after failover-timeout',
          ),
        ]
      : []),
    ...(intent.withRewrite === true && own?.server.configFile === ''
      ? [check('config-file', 'failed', `${node} was started without a file: CONFIG REWRITE fails`)]
      : []),
  ]
}

function keysOf(
  info: { readonly keyspace: readonly { readonly keys: number | undefined }[] | undefined } | undefined,
): string {
  const keyspace = info?.keyspace
  if (keyspace === undefined || keyspace.some((one) => one.keys === undefined)) return 'an unknown number of'
  return String(keyspace.reduce((sum, one) => sum + (one.keys ?? 0), 0))
}

/** Whom a node follows, and whom those follow. */
function upstreamsOf(snapshot: GroupSnapshot, node: NodeId): readonly NodeId[] {
  const path: NodeId[] = []
  for (let at: NodeId | undefined = node; at !== undefined && path.length < 64;) {
    const up: NodeId | undefined = snapshot.links.find((link) => link.replica === at)?.upstream
    if (up === undefined || path.includes(up)) break
    path.push(up)
    at = up
  }
  return path
}

function followers(snapshot: GroupSnapshot, node: NodeId): readonly NodeId[] {
  return snapshot.links.filter((link) => link.upstream === node).map((link) => link.replica)
}
