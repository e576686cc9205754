import { expect } from 'vitest'
import type { AppOptions } from '../../../../src-main/app/app.ts'
import type { ActiveFault, FaultRequest } from '../../../../src-main/domain/drills/faults.ts'
import { FAULTS } from '../../../../src-main/domain/drills/faults.ts'
import { fail, ok } from '../../../../src-main/domain/failure.ts'
import type { LabControl, LabNow } from '../../../../src-main/lab/keeper/control.ts'
import type { LabLine } from '../../../../src-main/lab/keeper/lab-line.ts'
import type { Lab } from '../../../../src-main/lab/lab.ts'
import type { LabRecord } from '../../../../src-main/lab/record.ts'

/** A machine without a server program and without labs; a test overrides what it is about. */
export function labTools(overrides: Partial<AppOptions['labs']> = {}): AppOptions['labs'] {
  return {
    start: async () => fail({ kind: 'not-found', detail: 'no redis-server', known: [] }),
    control: async () => expect.unreachable('no lab runs here'),
    serve: async () => ok({ dispose: () => undefined }),
    recorded: async () => [],
    look: async () => expect.unreachable('no lab is recorded'),
    line: async () => fail({ kind: 'refused-by-guard', detail: 'its keeper has ended' }),
    end: async () => ok(undefined),
    findServer: async () => fail({ kind: 'not-found', detail: 'no redis-server: install redis-tools', known: [] }),
    ...overrides,
  }
}

export function drillTools(overrides: Partial<AppOptions['drills']> = {}): AppOptions['drills'] {
  return {
    list: async () => [],
    run: async () => expect.unreachable('no drill is meant here'),
    text: async () => expect.unreachable('no report is meant here'),
    ...overrides,
  }
}

/** The run id of the fake lab's process at this place. */
export function runIdOf(index: number): string {
  return String(index).repeat(40).slice(0, 40)
}

/** A master, a replica and a Sentinel; ids are ports on 127.0.0.1. */
export function labNow(name: string, ports: readonly [number, number, number] = [1, 2, 9]): LabNow {
  const id = (at: 0 | 1 | 2): string => `127.0.0.1:${ports[at]}`
  const node = (
    at: 0 | 1 | 2,
    called: LabNow['nodes'][number]['startedAs'],
    role: LabNow['nodes'][number]['role'],
  ) => ({
    id: id(at),
    name: called,
    startedAs: called,
    role,
    follows: role === 'replica' ? id(0) : null,
    pid: 100 + ports[at],
    runId: runIdOf(ports[at]),
  })
  return {
    name,
    dir: `/labs/${name}`,
    server: 'redis 7.0.15',
    group: 'g',
    master: id(0),
    replicas: [id(1)],
    chained: [],
    sentinels: [id(2)],
    nodes: [node(0, 'master', 'master'), node(1, 'replica', 'replica'), node(2, 'sentinel', 'sentinel')],
    up: true,
  }
}

export interface FakeControl extends LabControl {
  readonly asked: FaultRequest[]
  readonly isFollowed: () => boolean
  readonly isDown: () => boolean
}

/** A lab in memory: what is asked of it is remembered, and in force until healed. */
export function fakeControl(now: LabNow): FakeControl {
  const listeners = new Set<(active: readonly ActiveFault[]) => void>()
  const asked: FaultRequest[] = []
  let active: readonly ActiveFault[] = []
  let isDown = false
  const set = (next: readonly ActiveFault[]): void => {
    active = next
    for (const listener of [...listeners]) listener(active)
  }
  return {
    asked,
    isFollowed: () => listeners.size > 0,
    isDown: () => isDown,
    now: async () => ok(now),
    faults: async () => ok({ offered: FAULTS.map((fault) => ({ ...fault, unavailable: null })), active }),
    break: async (fault) => {
      const known = now.nodes.map(({ id }) => id)
      if (!known.includes(fault.node)) return fail({ kind: 'not-found', detail: 'no such process', known })
      asked.push(fault)
      const broken = { ...fault, id: `f${asked.length}`, at: 0, what: `${fault.kind} ${fault.node}` }
      set([...active, broken])
      return ok(broken)
    },
    heal: async (id) => {
      set(id === undefined ? [] : active.filter((fault) => fault.id !== id))
      return ok(undefined)
    },
    onFaults: (listener) => {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
    down: async () => {
      isDown = true
      return ok(undefined)
    },
  }
}

/** The same at the end of a line to another process. */
export function fakeLine(control: LabControl): LabLine & { readonly isClosed: () => boolean } {
  const closed = new Set<() => void>()
  let isClosed = false
  return {
    ...control,
    onClosed: (listener) => void closed.add(listener),
    close: () => {
      if (isClosed) return
      isClosed = true
      for (const listener of closed) listener()
    },
    isClosed: () => isClosed,
  }
}

/** As much of a lab as the app touches itself. */
export function fakeLab(name = 'lab', now: LabNow = labNow(name)): Lab & { downs: number } {
  const lab = {
    name,
    dir: now.dir,
    groups: [{ group: now.group, master: { address: { host: '127.0.0.1', port: 1 } }, replicas: [], chained: [] }],
    sentinels: [{ address: { host: '127.0.0.1', port: 9 } }],
    downs: 0,
    down: async () => void (lab.downs += 1),
  }
  return lab as unknown as Lab & { downs: number }
}

export function recordOf(now: LabNow): LabRecord {
  return { name: now.name, dir: now.dir, nodes: [] } as unknown as LabRecord
}
