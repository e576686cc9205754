import { cli, evidence, type Rule } from '../../rule.ts'
import { nodeSubject } from '../../rule-facts.ts'

/** A Sentinel that distrusts its own clock. */
export const tilt: Rule = {
  code: 'tilt',
  section: 'sentinel',
  severities: ['warning'],
  fires: 'a Sentinel is in TILT mode',
  matters:
    'Its timer jumped: a stall of the process or a step of the clock. For 30 s it collects facts and acts on nothing.',
  advice: 'Look for stalls of its host (swap, a paused virtual machine) and steps of its clock.',
  holdForMs: 0,
  judge: (context) =>
    context.snapshot.sentinels.flatMap((id) => {
      const node = context.snapshot.nodes.get(id)
      if (node?.reachability !== 'up' || node.sentinel?.tilt !== true) return []
      const seconds = node.info?.sentinel?.tiltSinceSeconds
      const isKnown = seconds !== undefined && seconds >= 0 && node.sampledAt !== undefined
      return {
        kind: 'fires' as const,
        subject: nodeSubject(id),
        severity: 'warning' as const,
        title: `${id} is in TILT${isKnown ? ` for ${seconds} s` : ''}: it acts on nothing`,
        evidence: [
          evidence(context, id, 'sentinel_tilt', 1),
          ...(isKnown ? [evidence(context, id, 'sentinel_tilt_since_seconds', seconds)] : []),
        ],
        why: 'It answers 0 when others ask whether the master is down, and starts no failover: one vote less until TILT ends, 30 s after the last jump of its timer.',
        remedy: [
          `Look at the host of ${id}: swapping, a paused virtual machine, a clock that was stepped (chronyc tracking)`,
          `${cli(id, 'INFO sentinel')} (sentinel_tilt must be 0)`,
        ],
        ...(isKnown ? { knownSince: (node.sampledAt ?? 0) - seconds * 1000 } : {}),
      }
    }),
}
