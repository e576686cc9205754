import type { ContractEvent } from '../../../src-main/contract/calls.ts'
import { pastFor, wellSlice } from './samples.ts'
import type { FakeHost } from './fake-client.ts'
import { ago, eventOf, NOW } from './views-samples.ts'

const SENTINELS = ['10.0.0.5:26379', '10.0.0.6:26379', '10.0.0.7:26379']

/** A failover with everything around it, then `total` events of a quarter of an hour with a link that flaps. */
export function manyEvents(total: number): readonly ContractEvent[] {
  const failover: readonly Partial<ContractEvent>[] = [
    { kind: 'fault', what: 'begun', node: '10.0.0.5:6379', detail: '10.0.0.5:6379 is killed', severity: 'warning' },
    {
      kind: 'reachability',
      what: 'up -> unreachable',
      node: '10.0.0.5:6379',
      detail: 'seen from here',
      severity: 'warning',
    },
    {
      what: '+sdown',
      node: '10.0.0.5:6379',
      detail: 'master orders 10.0.0.5 6379',
      severity: 'warning',
      by: SENTINELS,
    },
    {
      what: '+odown',
      node: '10.0.0.5:6379',
      detail: 'master orders 10.0.0.5 6379 #quorum 2/2',
      severity: 'critical',
      by: SENTINELS.slice(0, 1),
    },
    { what: '+new-epoch', detail: '13', by: SENTINELS },
    {
      what: '+try-failover',
      node: '10.0.0.5:6379',
      detail: 'master orders 10.0.0.5 6379',
      severity: 'warning',
      by: SENTINELS.slice(0, 1),
    },
    {
      what: '+switch-master',
      node: '10.0.0.7:6379',
      detail: 'orders 10.0.0.5 6379 10.0.0.7 6379',
      severity: 'warning',
      by: SENTINELS,
    },
    {
      kind: 'role',
      what: '10.0.0.5:6379 -> 10.0.0.7:6379',
      node: '10.0.0.7:6379',
      detail: 'the group has another master',
      severity: 'warning',
    },
    {
      kind: 'role',
      what: 'replica -> master',
      node: '10.0.0.7:6379',
      detail: '10.0.0.7:6379 is master now',
      severity: 'warning',
    },
    {
      kind: 'replid',
      what: 'ffffffff -> 12ab34cd',
      node: '10.0.0.7:6379',
      detail: '10.0.0.7:6379 writes another history',
    },
    {
      kind: 'finding',
      what: 'raised',
      detail: 'no-master: Nobody accepts writes',
      severity: 'critical',
      about: { kind: 'finding', code: 'no-master', subject: { kind: 'group', id: 'orders' } },
    },
    {
      kind: 'link',
      what: 'down -> full-sync',
      node: '10.0.0.6:6379',
      detail: 'link to 10.0.0.7:6379',
      severity: 'warning',
    },
    {
      kind: 'finding',
      what: 'cleared',
      detail: 'no-master: Nobody accepts writes (for 9 s)',
      severity: 'critical',
      about: { kind: 'finding', code: 'no-master', subject: { kind: 'group', id: 'orders' } },
    },
    { kind: 'link', what: 'full-sync -> online', node: '10.0.0.6:6379', detail: 'link to 10.0.0.7:6379' },
    { kind: 'action', what: 'started', detail: 'safe-restart on 10.0.0.6:6379', about: { kind: 'action', id: 'a1' } },
    {
      kind: 'action',
      what: 'step 1 done',
      node: '10.0.0.6:6379',
      detail: 'SHUTDOWN (40 ms)',
      about: { kind: 'action', id: 'a1' },
    },
    {
      kind: 'run-id',
      what: 'aaaaaaaa -> bbbbbbbb',
      node: '10.0.0.6:6379',
      detail: '10.0.0.6:6379 was restarted',
      severity: 'warning',
    },
    {
      kind: 'action',
      what: 'step 2 failed',
      node: '10.0.0.6:6379',
      detail: 'wait for it (9000 ms): not back',
      severity: 'warning',
      about: { kind: 'action', id: 'a1' },
    },
    {
      kind: 'action',
      what: 'failed',
      detail: 'safe-restart (9100 ms): not back',
      severity: 'critical',
      about: { kind: 'action', id: 'a1' },
    },
    { kind: 'watch', what: 'not watched', detail: 'nothing was asked for 40 s', severity: 'warning', since: ago(300) },
  ]
  const story = failover.map((part, i) => eventOf(i === failover.length - 1 ? 260 : 420 - i * 1.3 ** (i / 2), part))
  const flaps = Array.from({ length: Math.max(0, total - story.length) }, (_, i) => {
    const isUp = i % 2 === 1
    const part: Partial<ContractEvent> =
      i % 5 === 0
        ? {
            what: isUp ? '-sdown' : '+sdown',
            node: '10.0.0.8:6379',
            severity: isUp ? 'info' : 'warning',
            by: SENTINELS.slice(0, 1 + (i % 3)),
            detail: 'slave 10.0.0.8:6379 10.0.0.8 6379 @ orders 10.0.0.5 6379',
          }
        : i % 7 === 0
          ? {
              kind: 'finding',
              what: isUp ? 'cleared' : 'raised',
              node: '10.0.0.8:6379',
              severity: 'warning',
              detail: 'replica-lag-bytes: 10.0.0.8:6379 is far behind',
            }
          : {
              kind: 'link',
              what: isUp ? 'down -> online' : 'online -> down',
              node: '10.0.0.8:6379',
              severity: isUp ? 'info' : 'warning',
              detail: 'link to 10.0.0.5:6379',
            }
    return eventOf(890 - ((i * 7919) % 880), part)
  })
  return [...story, ...flaps].sort((a, b) => (a.at < b.at ? -1 : 1))
}

/** The host answers with that past, moved to the present; only the group's own series is kept. */
export function tellOfTrouble(host: FakeHost, total: number): void {
  host.respond('deployment/past', ({ group }) => {
    const now = Date.now()
    const events = manyEvents(total).map((event) => moved(event, group, now - NOW))
    return {
      ok: true,
      value: { ...pastFor(wellSlice(group), now), since: new Date(now - 880_000).toISOString(), events },
    }
  })
}

function moved(event: ContractEvent, group: string, by: number): ContractEvent {
  const at = new Date(Date.parse(event.at) + by).toISOString()
  return {
    ...event,
    group,
    at,
    since: event.since === null ? null : new Date(Date.parse(event.since) + by).toISOString(),
  }
}
