import type { ContractEvent } from '../../../src-main/contract/calls.ts'
import { formatClock, plural } from '../../ui/format.ts'
import { laneLabel } from './event-lanes.ts'

/** `12:04:31.208`: events of a failover lie milliseconds apart. */
export function formatMoment(at: string | number): string {
  const date = new Date(at)
  return `${formatClock(at)}.${date.getMilliseconds().toString().padStart(3, '0')}`
}

/** `1 Sentinel`, `3 Sentinels`; empty for what we saw ourselves. */
export function tellersText({ by }: ContractEvent): string {
  return by.length === 0 ? '' : plural(by.length, 'Sentinel')
}

/** One line without its time: for titles and for those who listen. */
export function eventText(event: ContractEvent): string {
  const about = event.node === null ? '' : ` ${event.node}`
  const detail = event.detail === '' ? '' : `: ${event.detail}`
  return `${laneLabel(event)} ${event.what}${about}${detail}`
}

/** What is copied of one event: time in UTC, so that lines of several people lie beside each other. */
export function eventLine(event: ContractEvent): string {
  const told = event.by.length === 0 ? '' : `(told by ${event.by.join(', ')})`
  const parts = [event.at, event.severity, laneLabel(event), event.what, event.node ?? event.group, event.detail, told]
  return parts.filter((part) => part !== '').join('  ')
}

const cell = (text: string): string => text.replaceAll('\\', '\\\\').replaceAll('|', '\\|').replaceAll(/\s+/g, ' ')

/** A table, oldest first. */
export function eventsMarkdown(events: readonly ContractEvent[], group: string): string {
  const rows = events.map((event) =>
    [event.at, event.severity, laneLabel(event), event.what, event.node ?? '', event.detail, event.by.join(', ')]
      .map(cell)
      .join(' | '),
  )
  return [
    `**Events of ${cell(group)}** (times are UTC, by the clock of the machine that watched)`,
    '',
    '| time | severity | kind | what | node | detail | told by |',
    '|---|---|---|---|---|---|---|',
    ...rows.map((row) => `| ${row} |`),
    '',
  ].join('\n')
}

/** One line an event, oldest first. */
export function eventsText(events: readonly ContractEvent[]): string {
  return events.map((event) => `${eventLine(event)}\n`).join('')
}
