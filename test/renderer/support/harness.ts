import type { GroupSlice } from '../../../src-main/contract/inspect.ts'
import { mountApp } from '../../../src-renderer/mount-app.ts'
import { createFakeHost } from './fake-client.ts'
import { ACTIVE, endedRun, LAB, playLab, runView } from './lab-samples.ts'
import { tellOfTrouble } from './timeline-samples.ts'
import { judgedSlice } from './judge-samples.ts'
import { failedOver, manyGroups, sketchSlice, splitSlice, wellSlice } from './samples.ts'
import { wideSlice } from './views-samples.ts'

/** The whole page over a host that a person plays from the console: `?scenario=split#/d/s1/topology`. Not shipped. */
const query = new URLSearchParams(location.search)
const scenarios: Readonly<Record<string, () => readonly GroupSlice[]>> = {
  sketch: () => [sketchSlice()],
  judged: () => [judgedSlice()],
  well: () => [wellSlice()],
  split: () => [splitSlice()],
  three: () => [sketchSlice(), wellSlice('sessions', '10.0.1'), wellSlice('carts', '10.0.2', 2)],
  many: () => manyGroups(Number(query.get('n') ?? 100)),
  wide: () => [wideSlice(Number(query.get('n') ?? 199))],
  none: () => [],
}
const scenario = query.get('scenario') ?? 'sketch'
const phase = query.get('phase')
const host = createFakeHost((scenarios[scenario] ?? scenarios['sketch']!)(), {
  head: query.has('lab')
    ? { environment: 'lab', label: 'practice' }
    : phase === 'connecting' || phase === 'failed' || phase === 'live'
      ? {
          phase,
          failures:
            phase === 'live'
              ? []
              : [
                  {
                    code: 'unreachable.refused',
                    message: '10.0.0.5:26379: nothing listens on that port (connection refused)',
                  },
                ],
        }
      : {},
})
if (query.has('lab'))
  playLab(host, {
    active: query.get('lab') === 'broken' ? ACTIVE : [],
    labs: [LAB, { ...LAB, name: 'quorum', replicas: [], up: false }],
    runs: query.has('going')
      ? [endedRun({ run: 'r0', startedAt: new Date(Date.now() - 600_000).toISOString() }), runView()]
      : [endedRun(), endedRun({ run: 'r2', withRemedy: true })],
  })
mountApp(host, '#app')
if (query.has('events')) tellOfTrouble(host, Number(query.get('events')) || 300)
if (query.has('tick')) setInterval(() => host.tick(), Number(query.get('tick')) || 1000)
Object.assign(window, { host, failedOver, slices: scenarios })
