import { describeSeconds } from '../../../units.ts'
import { groupSubject } from '../../rule-facts.ts'
import { evidence, type Rule, type RuleContext } from '../../rule.ts'
import { answeringNodes } from './hosts.ts'

/** Nodes answer, but this inspector does not get round to asking them. */
export const inspectorSlow: Rule = {
  code: 'inspector-slow',
  section: 'operations',
  severities: ['warning'],
  fires: 'figures of nodes that answer are older than 15 s, or than three of the usual distances between samples.',
  matters: 'What is shown is older than it looks.',
  advice: 'Watch fewer groups, lengthen the interval, or run the inspector nearer to the servers.',
  holdForMs: 10_000,
  swings: true,
  judge: (context) => {
    const now = context.snapshot.takenAt
    const answering = answeringNodes(context).filter((node) => node.kind === 'server')
    const late = answering.flatMap((node) => {
      const age = node.sampledAt === undefined ? 0 : now - node.sampledAt
      return age > limitMs(context, node.id) ? [{ node, age }] : []
    })
    // one late node is that node's affair
    if (late.length === 0 || late.length * 2 < answering.length) return []
    const oldest = Math.max(...late.map(({ age }) => age))
    return [
      {
        kind: 'fires',
        subject: groupSubject(context),
        severity: 'warning',
        title: `${context.snapshot.name}: this inspector falls behind, figures are up to ${describeSeconds(oldest / 1000)} old`,
        evidence: late.map(({ node, age }) => evidence(context, node.id, 'age of its figures in ms', Math.round(age))),
        why: 'The nodes answer, but they are not asked in time: lag, rates and forecasts describe a moment that is over.',
        remedy: [
          'Watch fewer groups at once, or set a longer interval (--interval 5s).',
          'Run the inspector nearer to the servers, or on a machine with more time to spare.',
        ],
      },
    ]
  },
}

/** Samples are remembered at most every five seconds, so the distances between them follow a longer interval. */
function limitMs(context: RuleContext, id: string): number {
  const times = (context.past.samples.get(id) ?? []).map((sample) => sample.at)
  const gaps = times.slice(1).map((at, i) => at - (times[i] ?? at))
  const usual = gaps.sort((a, b) => a - b)[Math.floor(gaps.length / 2)] ?? 0
  return Math.max(context.thresholds.samplingBehindSeconds * 1000, 3 * usual)
}
