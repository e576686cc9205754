import { describeSeconds } from '../../../units.ts'
import { nodeSubject } from '../../rule-facts.ts'
import { cli, evidence, type Rule } from '../../rule.ts'
import { risen, samplesOf } from '../../past-facts.ts'
import { eachServer } from './disk.ts'

/** Writes had to go on although the fsync before them was older than two seconds. */
export const fsyncDelayed: Rule = {
  code: 'fsync-delayed',
  section: 'persistence',
  severities: ['warning'],
  fires: 'aof_delayed_fsync rose within the last five minutes.',
  matters: 'The disk cannot keep up: a power loss takes two seconds or more instead of one, and writes stall.',
  advice: 'Give the AOF a faster or an own disk; move saves and rewrites of neighbours elsewhere.',
  holdForMs: 0,
  judge: (context) =>
    eachServer(context, ({ node, info }) => {
      const { aofDelayedFsync, aofPendingBioFsync } = info.persistence
      if (aofDelayedFsync === undefined || aofDelayedFsync === 0) return undefined
      const { id } = node
      const samples = samplesOf(context, id, context.thresholds.fsyncWindowSeconds)
      const rise = risen(samples, (sample) => sample.aofDelayedFsync)
      if (rise === undefined)
        return {
          kind: 'not-judged',
          subject: nodeSubject(id),
          reason: `${id} counts ${aofDelayedFsync} late fsyncs since its start; whether more come needs two samples`,
        }
      if (rise === 0) return undefined
      const first = samples.find((sample) => sample.aofDelayedFsync !== undefined)
      const span = describeSeconds(Math.max(1, (context.snapshot.takenAt - (first?.at ?? 0)) / 1000))
      return {
        kind: 'fires',
        subject: nodeSubject(id),
        severity: 'warning',
        title: `${id}: ${rise} late fsyncs of its append-only file in ${span}`,
        evidence: [
          evidence(context, id, 'aof_delayed_fsync', aofDelayedFsync),
          { node: id, field: 'aof_delayed_fsync', value: first?.aofDelayedFsync, at: first?.at },
          evidence(context, id, 'aof_pending_bio_fsync', aofPendingBioFsync),
        ],
        why: 'The disk does not finish an fsync within two seconds. A power loss would take two seconds of writes or more, and clients feel the stalls.',
        remedy: [
          `See how busy the disk of ${id} is (iostat -x 1): other writers, a rewrite, a save, a noisy neighbour.`,
          `${cli(id, 'INFO persistence')}   # aof_rewrite_in_progress, rdb_bgsave_in_progress: is a child writing?`,
          'Put the append-only file on a disk of its own, or a faster one.',
        ],
      }
    }),
}
