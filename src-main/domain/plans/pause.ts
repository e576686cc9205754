import { isAtLeast } from '../replies/version.ts'
import type { Draft, Intent } from './model.ts'
import { answering } from './nodes.ts'
import { factsAbout, factsOf } from './observed.ts'
import { check, step } from './seal.ts'
import type { PlanInput } from './switchover.ts'

const LONGEST_PAUSE_MS = 5000

/** Holds writes on the master for a bounded time, or lets them go on. */
export function planPause(intent: Intent, { snapshot, observed }: PlanInput): Draft {
  const master = snapshot.master
  const isPause = intent.action === 'client-pause'
  const downAfter = [...observed.sentinels.values()].flatMap((one) => one.master?.downAfterMs ?? [])
  const boundMs = Math.floor(Math.min(LONGEST_PAUSE_MS, ...downAfter.map((ms) => ms / 2)))
  const text = intent.settings.get('ms') ?? String(boundMs)
  const found = answering(observed, master, undefined)
  if ('check' in found || master === undefined)
    return {
      target: intent.group,
      steps: [],
      preflight: 'check' in found ? [found] : [],
      blastRadius: [],
      confirm: intent.group,
      relies: {},
    }
  const canPause = isAtLeast(found.info.server, { redis: '6.2.0', valkey: '7.2.0' }) === true
  const isBounded = /^[1-9]\d{0,5}$/.test(text) && Number(text) <= boundMs
  return {
    target: `${intent.group}: ${master}`,
    steps: [
      step({
        title: isPause ? `hold writes for ${text} ms` : 'let writes go on',
        node: master,
        peer: 'server',
        commands: [isPause ? ['CLIENT', 'PAUSE', text, 'WRITE'] : ['CLIENT', 'UNPAUSE']],
        needsRole: 'master',
        ...(isPause ? { undo: { title: 'let writes go on', node: master, commands: [['CLIENT', 'UNPAUSE']] } } : {}),
      }),
    ],
    preflight: [
      check('master', 'passed', `${master} answers`),
      canPause
        ? check('can-pause', 'passed', `${found.info.server.version ?? ''} can hold writes alone, and end it`)
        : check('can-pause', 'failed', `${found.info.server.version ?? 'unknown'}: before 6.2 a pause cannot be ended`),
      ...(isPause
        ? [
            isBounded
              ? check('bound', 'passed', `${text} ms, at most ${boundMs}`)
              : check(
                  'bound',
                  'failed',
                  `${text} ms: at most ${boundMs} (half of the smallest down-after-milliseconds, never more than 5 s), or Sentinel takes the master for down`,
                ),
          ]
        : []),
    ],
    blastRadius: [
      isPause
        ? `writes to ${master} wait for up to ${text} ms; reads go on; it ends by itself`
        : `writes to ${master} go on at once`,
    ],
    confirm: intent.group,
    relies: factsAbout(factsOf(observed), [`server:${master}:run-id`, `server:${master}:role`]),
    particulars: { master },
  }
}
