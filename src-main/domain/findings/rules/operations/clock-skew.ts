import { describeSeconds } from '../../../units.ts'
import { nodeSubject } from '../../rule-facts.ts'
import { evidence, type Rule } from '../../rule.ts'
import { answeringNodes } from './hosts.ts'

/** A node's clock is not ours. */
export const clockSkew: Rule = {
  code: 'clock-skew',
  section: 'operations',
  severities: ['info'],
  fires: "the server's clock (server_time_usec) and this machine's differ by more than 1 s beyond the round trip.",
  matters: 'Expiry happens by the clock of the master: after a failover keys live longer or shorter.',
  advice: 'Run NTP or chrony on every host.',
  holdForMs: 0,
  swings: true,
  judge: (context) =>
    answeringNodes(context).flatMap((node) => {
      const { id, clockSkewMs, rttMs } = node
      if (clockSkewMs === undefined) return []
      // the moment of the server's answer lies somewhere within the round trip
      const certain = Math.abs(clockSkewMs) - (rttMs ?? 0)
      if (certain <= context.thresholds.clockSkewMs) return []
      const seconds = describeSeconds(Math.abs(clockSkewMs) / 1000)
      return [
        {
          kind: 'fires' as const,
          subject: nodeSubject(id),
          severity: 'info' as const,
          title: `${id}: its clock is ${seconds} ${clockSkewMs > 0 ? 'ahead of' : 'behind'} this machine's`,
          evidence: [
            evidence(context, id, 'server_time_usec', node.info?.server.serverTimeUsec),
            evidence(context, id, 'difference in ms', Math.round(clockSkewMs)),
            evidence(context, id, 'round trip in ms', rttMs === undefined ? undefined : Math.round(rttMs)),
          ],
          why: 'Keys expire by the clock of the node that is master: a failover to another clock makes them live longer or shorter. Logs of several nodes are hard to bring in order. It may as well be the clock of this machine.',
          remedy: [`Check chronyc tracking (or timedatectl) on the host of ${id} and on this machine.`],
        },
      ]
    }),
}
