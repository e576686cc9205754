import { describeSeconds } from '../../../units.ts'
import type { NodeSnapshot } from '../../../topology/model.ts'
import { cli, evidence, type Rule, type RuleContext } from '../../rule.ts'
import { groupSubject, masterOf } from '../../rule-facts.ts'
import { flagsText, said, speakingViews, type SpeakingView } from './views.ts'

/** The master answers Sentinel's PING with an error. */
export const sentinelBlindToMaster: Rule = {
  code: 'sentinel-blind-to-master',
  section: 'sentinel',
  severities: ['critical'],
  fires:
    'a Sentinel gets answers from the master but accepts none: last-ping-reply is fresh while last-ok-ping-reply grows',
  matters:
    'PONG, LOADING and MASTERDOWN count; MISCONF, NOAUTH, NOPERM and BUSY do not. A living master is about to be called down.',
  advice:
    'Mend what the master complains of: persistence errors, Sentinel’s password or permissions, a script that does not end.',
  holdForMs: 0,
  judge: (context) => {
    const master = masterOf(context)
    const blind = speakingViews(context).filter((view) => view.master === master?.id && isBlind(context, view))
    if (master === undefined || blind.length === 0) return []
    const longest = Math.max(...blind.map((view) => view.facts.lastOkPingReplyMs ?? 0))
    const cause = causeOf(master)
    return [
      {
        kind: 'fires',
        subject: groupSubject(context),
        severity: 'critical',
        title: `${master.id} answers Sentinel, but ${blind.length} of ${context.snapshot.views.length} Sentinels have accepted no answer for ${describeSeconds(longest / 1000)}${cause === undefined ? '' : ` (${cause.word})`}`,
        evidence: [
          ...blind.flatMap((view) => [
            said(view, 'last-ping-reply', view.facts.lastPingReplyMs),
            said(view, 'last-ok-ping-reply', view.facts.lastOkPingReplyMs),
            said(view, 'SENTINEL MASTERS flags', flagsText(view.facts)),
          ]),
          ...(cause === undefined ? [] : [evidence(context, master.id, cause.field, cause.value)]),
        ],
        why: `After down-after (${blind[0]?.facts.downAfterMs ?? 'unknown'} ms) without an accepted answer a Sentinel calls ${master.id} down although it lives; what it accepts from clients during the failover is lost.`,
        remedy: remedies(context, master, cause?.word),
        knownSince: context.snapshot.takenAt - longest,
      },
    ]
  },
}

function isBlind(context: RuleContext, view: SpeakingView): boolean {
  const { lastPingReplyMs, lastOkPingReplyMs } = view.facts
  if (lastPingReplyMs === undefined || lastOkPingReplyMs === undefined) return false
  return lastOkPingReplyMs - lastPingReplyMs > context.thresholds.blindPingMs
}

interface Cause {
  readonly word: string
  readonly field: string
  readonly value: string
}

function causeOf(master: NodeSnapshot): Cause | undefined {
  const persistence = master.info?.persistence
  if (persistence?.lastBgsaveStatus !== undefined && persistence.lastBgsaveStatus !== 'ok')
    return { word: 'MISCONF', field: 'rdb_last_bgsave_status', value: persistence.lastBgsaveStatus }
  if (persistence?.aofLastWriteStatus !== undefined && persistence.aofLastWriteStatus !== 'ok')
    return { word: 'MISCONF', field: 'aof_last_write_status', value: persistence.aofLastWriteStatus }
  if (master.reachability === 'busy') return { word: 'BUSY', field: 'INFO', value: 'BUSY' }
  return undefined
}

function remedies(context: RuleContext, master: NodeSnapshot, word: string | undefined): readonly string[] {
  const { name } = context.snapshot
  if (word === 'BUSY') return [cli(master.id, 'SCRIPT KILL')]
  if (word === 'MISCONF')
    return [
      `Mend the disk or the permissions that ${master.id} complains of in its log, then: ${cli(master.id, 'BGSAVE')}`,
      `Until then, if a failover of the living master is worse: ${cli(master.id, 'CONFIG SET stop-writes-on-bgsave-error no')}`,
    ]
  return [
    `See what it answers: ${cli(master.id, 'PING')} as Sentinel’s user`,
    `When it wants a password: SENTINEL SET ${name} auth-user USER and SENTINEL SET ${name} auth-pass PASSWORD on every Sentinel`,
    `Sentinel’s user needs: allchannels -@all +multi +slaveof +ping +exec +subscribe +config|rewrite +role +publish +info +client|setname +client|kill +script|kill`,
  ]
}
