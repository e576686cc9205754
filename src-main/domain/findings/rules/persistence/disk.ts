import { savePoints, type SavePoint } from '../../../replies/config-get.ts'
import type { InfoReply } from '../../../replies/info-reply.ts'
import { aofOn } from '../../../resync/stored-history.ts'
import type { NodeSnapshot } from '../../../topology/model.ts'
import { answeringServers } from '../../rule-facts.ts'
import type { RuleContext, Verdict } from '../../rule.ts'

/** A data node that answers now, with what it says of itself. */
export interface Server {
  readonly node: NodeSnapshot
  readonly info: InfoReply
}

/** Judges every data node that answers now. */
export function eachServer(context: RuleContext, judge: (server: Server) => Verdict | undefined): readonly Verdict[] {
  return answeringServers(context).flatMap((node) =>
    node.info === undefined ? [] : (judge({ node, info: node.info }) ?? []),
  )
}

/** Whether its AOF is on; a replica that switched it off for a full sync counts as on where CONFIG says so. */
export function isAofOn({ node, info }: Server): boolean | undefined {
  return aofOn(info, node.config)
}

/** Its save points, empty when saving is off; undefined without CONFIG. */
export function savePointsOf({ node }: Server): readonly SavePoint[] | undefined {
  return node.config === undefined ? undefined : savePoints(node.config)
}

/** A replica between two datasets: what it says of its persistence is of the moment. */
export function isSyncing({ info }: Server): boolean {
  const { role, masterLink, syncInProgress } = info.replication
  return role === 'replica' && (syncInProgress === true || masterLink !== 'up')
}

/** The server's own clock at its sample, epoch ms; ours where it does not tell. */
export function serverNow({ node, info }: Server): number | undefined {
  return info.server.serverTimeUsec === undefined ? node.sampledAt : info.server.serverTimeUsec / 1000
}
