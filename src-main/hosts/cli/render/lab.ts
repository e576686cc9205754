import { typedAmount } from '../../../app/fault-words.ts'
import type { FaultListReport, LabFaultsReport, LabReport } from '../../../contract/lab.ts'
import type { Canvas } from './inspect.ts'
import type { Row } from './table.ts'
import { cell, renderTable } from './table.ts'
import type { Line } from './text.ts'
import { line, paint, span, wrap } from './text.ts'
import { plural } from './units.ts'

/** A lab that was just started: where its master is first, then all of it, then what to try. */
export function renderLabUp(lab: LabReport, seconds: number, { width, hasColour }: Canvas): string[] {
  const [sentinel] = lab.sentinels
  const target = sentinel === undefined ? `--node ${lab.master}` : `--sentinel ${sentinel}`
  const tries = [
    `repliscope inspect ${target} --watch`,
    `repliscope lab fault kill master --lab ${lab.name}`,
    'repliscope lab fault --list',
    `repliscope lab down ${lab.name}`,
  ]
  return [
    ...labLines(lab, width, `ready in ${seconds.toFixed(1)} s`),
    line(''),
    line('Try next:', 'dim'),
    ...tries.map((command) => line(`  ${command}`)),
  ].map((one) => paint(one, hasColour))
}

export function renderLabs(labs: readonly LabReport[], { width, hasColour }: Canvas): string[] {
  if (labs.length === 0) return ['no lab runs here: repliscope lab up starts one']
  const lines = labs.flatMap((lab, index) => [
    ...(index === 0 ? [] : [line('')]),
    ...labLines(lab, width, stateOf(lab)),
    ...faultLines(lab, width),
  ])
  return lines.map((one) => paint(one, hasColour))
}

function stateOf(lab: LabReport): string {
  const down = Object.values(lab.pids).filter((pid) => pid === null).length
  const processes = down === 0 ? 'up' : `${plural(down, 'process', 'processes')} down`
  if (lab.keeper === 'answers') return processes
  if (lab.purpose === 'practice')
    return lab.keeper === 'gone'
      ? `its keeper has ended: repliscope lab down ${lab.name} cleans up`
      : `${processes}; its keeper does not answer: repliscope lab down ${lab.name} ends it`
  const whose = lab.purpose === 'drill' ? 'a drill' : 'a demo or a test'
  return lab.keeper === 'gone'
    ? `left behind by ${whose}: repliscope lab down cleans up`
    : `${processes}; it belongs to ${whose} under way, and ends with it`
}

function labLines(lab: LabReport, width: number, state: string): Line[] {
  const head = [span(lab.master, 'strong'), span(`  lab "${lab.name}", group ${lab.group}, ${lab.server}, ${state}`)]
  const rows = lab.nodes.map((node): Row => {
    const pid = lab.pids[node.id] ?? null
    const isAsked = lab.keeper === 'answers'
    const role = node.role ?? (pid === null ? 'down' : isAsked ? 'does not answer' : 'runs')
    return {
      cells: {
        node: cell(node.id),
        name: cell(node.name),
        role: cell(role, node.role === null && (isAsked || pid === null) ? 'bad' : 'plain'),
        follows: cell(node.role === 'replica' ? (node.follows ?? '') : ''),
        pid: cell(pid === null ? '' : String(pid)),
      },
    }
  })
  return [...wrap(head, width, 2), ...renderTable(NODE_COLUMNS, rows, width, 2)]
}

const NODE_COLUMNS = [
  { key: 'node', title: 'NODE', align: 'left', dropOrder: 0 },
  { key: 'name', title: 'NAME', align: 'left', dropOrder: 0 },
  { key: 'role', title: 'IS', align: 'left', dropOrder: 0 },
  { key: 'follows', title: 'FOLLOWS', align: 'left', dropOrder: 1 },
  { key: 'pid', title: 'PID', align: 'right', dropOrder: 2 },
] as const

function faultLines({ faults }: LabReport, width: number): Line[] {
  return (faults ?? []).flatMap(({ id, what }) => [
    ...wrap([span('  broken: ', 'warn'), span(`${id}  ${what}`)], width, 4),
  ])
}

/** What is broken in a lab, or that nothing is. */
export function renderFaults({ lab, active }: LabFaultsReport, { width, hasColour }: Canvas): string[] {
  if (active.length === 0) return [`nothing is broken in ${lab}`]
  return active
    .flatMap(({ id, what }) => wrap([span(id, 'strong'), span(`  ${what}`)], width, 4))
    .map((one) => paint(one, hasColour))
}

/** What was healed, then what is broken still, or that nothing is. */
export function renderHealed(ended: LabFaultsReport['active'], left: LabFaultsReport, canvas: Canvas): string[] {
  const lines = ended.flatMap(({ id, what }) =>
    wrap([span('healed: ', 'good'), span(`${id}  ${what}`)], canvas.width, 4),
  )
  return [...lines.map((one) => paint(one, canvas.hasColour)), ...renderFaults(left, canvas)]
}

/** Every kind of fault with what it takes, then what is broken now. */
export function renderFaultList(list: FaultListReport, canvas: Canvas): string[] {
  const { width, hasColour } = canvas
  const kinds = list.faults.flatMap(({ kind, on, what, amount, unavailable }): Line[] => {
    const usage = `${kind} NODE${on === 'link' ? ' [PEER]' : ''}${amount === undefined ? '' : ` [--amount ${amount.unit}, ${typedAmount(amount.unit, amount.default)} unless given]`}`
    return [
      line(usage, 'strong'),
      ...wrap([span('    '), span(what)], width, 4),
      ...(unavailable === null ? [] : wrap([span('    '), span(`not here: ${unavailable}`, 'warn')], width, 4)),
    ]
  })
  const lines = kinds.map((one) => paint(one, hasColour))
  if (list.lab === null) return lines
  return [
    ...lines,
    '',
    ...renderFaults({ schema: 'repliscope/lab-faults@1', lab: list.lab, active: list.active }, canvas),
  ]
}
