import type { TimelineNote } from './model.ts'

/** One row of the journal, with its body read. */
export interface ActionRow {
  readonly action: string
  readonly kind: string
  readonly at: number
  readonly body: unknown
}

/**
 * What a row of the journal puts on the axis: the start, each step (its answer completes the note of its sending), what was
 * taken back, the end. Undefined for rows that tell of nothing done, such as facts read.
 */
export function actionNote(row: ActionRow): TimelineNote | undefined {
  const { action, at, kind } = row
  const body = isRecord(row.body) ? row.body : {}
  const plan = isRecord(body['plan']) ? body['plan'] : {}
  const note = (what: string, detail: string, more: Partial<TimelineNote> = {}): TimelineNote => ({
    at,
    kind: 'action',
    node: textOf(body['node']),
    what,
    detail,
    about: { kind: 'action', id: action },
    ...more,
  })
  const title = textOf(body['title']) ?? ''
  const step = `step ${typeof body['n'] === 'number' ? body['n'] : '?'}`
  switch (kind) {
    case 'action-started': {
      const target = textOf(plan['target'])
      const name = textOf(plan['action']) ?? 'action'
      return note('started', target === undefined ? name : `${name} on ${target}`, { node: nodeIn(plan) })
    }
    case 'step-sending':
      return note(step, title, { key: keyOf(action, step) })
    case 'step-answered': {
      const state = textOf(body['state']) ?? 'unknown'
      return note(`${step} ${state}`, afterTitle(title, body), {
        key: keyOf(action, step),
        severity: state === 'done' ? 'info' : 'warning',
      })
    }
    case 'undo-sending':
    case 'contingency-sending':
      return note(kind === 'undo-sending' ? 'taken back' : 'contingency', title, {
        key: keyOf(action, `${kind.split('-')[0] ?? ''} ${title}`),
        severity: 'warning',
      })
    case 'undo-answered':
    case 'contingency-answered': {
      const trouble = isRecord(body['trouble']) ? textOf(body['trouble']['detail']) : undefined
      if (trouble === undefined) return undefined
      return note(`not ${kind === 'undo-answered' ? 'taken back' : 'done'}`, `${title}: ${trouble}`, {
        key: keyOf(action, `${kind.split('-')[0] ?? ''} ${title}`),
        severity: 'critical',
      })
    }
    case 'action-ended': {
      const state = textOf(body['state']) ?? 'ended'
      const reason = textOf(body['reason'])
      const name = textOf(body['action']) ?? 'action'
      return note(state, `${name}${tookOf(body)}${reason === undefined ? '' : `: ${reason}`}`, {
        severity: state === 'failed' ? 'critical' : state === 'stopped' ? 'warning' : 'info',
      })
    }
    case 'action-resolved':
      return note('resolved', 'nothing of it is left to be taken back')
    default:
      return undefined
  }
}

function keyOf(action: string, part: string): string {
  return `action ${action} ${part}`
}

function afterTitle(title: string, body: Readonly<Record<string, unknown>>): string {
  const detail = textOf(body['detail'])
  return `${title}${tookOf(body)}${detail === undefined ? '' : `: ${detail}`}`
}

function tookOf({ elapsedMs }: Readonly<Record<string, unknown>>): string {
  return typeof elapsedMs === 'number' ? ` (${Math.round(elapsedMs)} ms)` : ''
}

/** The node that an action is about, where it is about one. */
function nodeIn(plan: Readonly<Record<string, unknown>>): string | undefined {
  const target = textOf(plan['target'])
  return target !== undefined && /:\d+$/.test(target) ? target : undefined
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined
}
