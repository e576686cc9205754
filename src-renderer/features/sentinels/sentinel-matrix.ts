import type { GroupSlice, InspectSentinelView } from '../../../src-main/contract/inspect.ts'

/** How one cell stands against the others of its row. */
export type CellStanding =
  /** Says what most say, or what is said to be well. */
  | 'agrees'
  /** Says something else than the majority. */
  | 'deviates'
  /** There is no majority to agree with. */
  | 'split'
  /** Is bad in itself: TILT, a failed quorum check. */
  | 'bad'
  | 'unknown'
  /** Not compared: there is nothing to agree on. */
  | 'plain'

export interface MatrixCell {
  readonly sentinel: string
  readonly text: string
  /** What a copy button gives. */
  readonly raw: string
  readonly standing: CellStanding
  /** In words, for the cell's note: `lacks 10.0.0.9:6379`. */
  readonly note: string | null
}

export interface MatrixRow {
  readonly id: string
  readonly title: string
  readonly hint: string
  readonly cells: readonly MatrixCell[]
  /** The row in words: `all 3 agree`, `2 of 3 say 10.0.0.5:6379`. */
  readonly summary: string
  readonly differs: boolean
  /** A difference here is an emergency: clients are sent to different masters. */
  readonly isGrave: boolean
}

export interface MatrixColumn {
  readonly sentinel: string
  readonly sentinelId: string | null
  readonly isReachable: boolean
  /** ISO time of this view; null when it never answered. */
  readonly at: string | null
}

export interface SentinelMatrix {
  readonly columns: readonly MatrixColumn[]
  readonly rows: readonly MatrixRow[]
  /** Nodes that some Sentinel holds for ill, and what each says of them. */
  readonly ill: readonly MatrixRow[]
  readonly differing: number
}

interface Spoken {
  readonly key: string
  readonly text: string
  readonly members?: readonly string[]
}

interface RowPlan {
  readonly id: string
  readonly title: string
  readonly hint: string
  readonly say: (view: InspectSentinelView) => Spoken | null
}

const ms = (value: number | null): Spoken | null =>
  value === null ? null : { key: String(value), text: `${value.toLocaleString('en')} ms` }
const integer = (value: number | null): Spoken | null =>
  value === null ? null : { key: String(value), text: String(value) }
const members = (ids: readonly string[] | null, self: readonly string[]): Spoken | null => {
  if (ids === null) return null
  const all = [...new Set([...ids, ...self])].sort()
  return { key: all.join(' '), text: String(ids.length), members: all }
}

/** Compared rows, top to bottom. */
const PLANS: readonly RowPlan[] = [
  {
    id: 'master',
    title: 'master',
    hint: 'the address this Sentinel tells clients',
    say: (view) => (view.master === null ? null : { key: view.master, text: view.master }),
  },
  { id: 'epoch', title: 'config epoch', hint: 'the newest wins', say: (view) => integer(view.configEpoch) },
  {
    id: 'quorum',
    title: 'quorum',
    hint: 'votes to call the master objectively down',
    say: (view) => integer(view.quorum),
  },
  { id: 'down-after', title: 'down-after', hint: 'down-after-milliseconds', say: (view) => ms(view.downAfterMs) },
  {
    id: 'failover-timeout',
    title: 'failover-timeout',
    hint: 'failover-timeout',
    say: (view) => ms(view.failoverTimeoutMs),
  },
  {
    id: 'parallel-syncs',
    title: 'parallel-syncs',
    hint: 'replicas pointed at a new master at once',
    say: (view) => integer(view.parallelSyncs),
  },
  { id: 'replicas', title: 'replicas known', hint: 'SENTINEL REPLICAS', say: (view) => members(view.replicas, []) },
  {
    id: 'peers',
    title: 'other Sentinels',
    hint: 'SENTINEL SENTINELS; compared with itself added',
    say: (view) => members(view.peers, [view.sentinel]),
  },
  { id: 'flags', title: 'master flags', hint: 'what it thinks of the master', say: (view) => sayFlags(view) },
]

/** All views side by side. Columns by Sentinel id; a cell of an unreachable Sentinel is its last word. */
export function toSentinelMatrix(slice: Pick<GroupSlice, 'group'>): SentinelMatrix {
  const views = [...slice.group.sentinelViews].sort((a, b) =>
    a.sentinel.localeCompare(b.sentinel, 'en', { numeric: true }),
  )
  const rows = [...PLANS.map((plan) => compareRow(plan, views)), quorumRow(views), tiltRow(views)]
  return {
    columns: views.map((view) => ({
      sentinel: view.sentinel,
      sentinelId: view.sentinelId,
      isReachable: view.reachable,
      at: view.at,
    })),
    rows,
    ill: illRows(views),
    differing: rows.filter((row) => row.differs).length,
  }
}

/**
 * The value that more than half say: of the reachable Sentinels first; where those have none, the last words of the others
 * count too. Undefined when no value has that many.
 */
export function majorityOf(said: readonly { readonly key: string; readonly votes: boolean }[]): string | undefined {
  return mostSaid(said.filter((one) => one.votes).map((one) => one.key)) ?? mostSaid(said.map((one) => one.key))
}

function mostSaid(keys: readonly string[]): string | undefined {
  return [...new Set(keys)].find((key) => keys.filter((one) => one === key).length * 2 > keys.length)
}

function compareRow(plan: RowPlan, views: readonly InspectSentinelView[]): MatrixRow {
  const said = views.map((view) => ({ view, spoken: plan.say(view) }))
  const known = said.flatMap(({ view, spoken }) => (spoken ? [{ key: spoken.key, votes: view.reachable, spoken }] : []))
  const majority = majorityOf(known)
  const model = known.find((one) => one.key === majority)?.spoken
  const isUnanimous = new Set(known.map((one) => one.key)).size <= 1
  const cells = said.map(({ view, spoken }): MatrixCell => {
    if (!spoken) return unknownCell(view)
    const standing = isUnanimous
      ? 'agrees'
      : majority === undefined
        ? 'split'
        : spoken.key === majority
          ? 'agrees'
          : 'deviates'
    return {
      sentinel: view.sentinel,
      text: spoken.text,
      raw: spoken.members ? spoken.members.join(' ') : spoken.key,
      standing: known.length === 1 ? 'plain' : standing,
      note: standing === 'deviates' && model ? describeDifference(spoken, model) : null,
    }
  })
  return {
    ...plan,
    cells,
    summary: summarise(cells, model),
    differs: cells.some((cell) => cell.standing === 'deviates' || cell.standing === 'split'),
    isGrave: plan.id === 'master',
  }
}

function describeDifference(spoken: Spoken, model: Spoken): string {
  if (!spoken.members || !model.members) return `others say ${model.text}`
  const lacks = model.members.filter((id) => !spoken.members!.includes(id))
  const adds = spoken.members.filter((id) => !model.members!.includes(id))
  return [lacks.length ? `lacks ${lacks.join(', ')}` : '', adds.length ? `also lists ${adds.join(', ')}` : '']
    .filter(Boolean)
    .join('; ')
}

function summarise(cells: readonly MatrixCell[], model: Spoken | undefined): string {
  const known = cells.filter((cell) => cell.standing !== 'unknown')
  const silent = cells.length - known.length
  const tail = silent > 0 ? `, ${silent} not known` : ''
  if (known.length === 0) return 'not known'
  if (known.length === 1) return `one view${tail}`
  const agreeing = known.filter((cell) => cell.standing === 'agrees').length
  if (agreeing === known.length) return `all ${known.length} agree${tail}`
  if (!model) return `no majority${tail}`
  return `${agreeing} of ${known.length} agree${tail}`
}

function quorumRow(views: readonly InspectSentinelView[]): MatrixRow {
  const cells = views.map((view): MatrixCell => {
    if (!view.quorumCheck) return unknownCell(view)
    const { ok, text } = view.quorumCheck
    return {
      sentinel: view.sentinel,
      text: ok ? 'OK' : 'fails',
      raw: text,
      standing: ok ? 'agrees' : 'bad',
      note: ok ? null : text,
    }
  })
  const failing = cells.filter((cell) => cell.standing === 'bad').length
  const known = cells.filter((cell) => cell.standing !== 'unknown').length
  const summary = known === 0 ? 'not known' : failing > 0 ? `${failing} of ${known} fail` : `${known} of ${known} OK`
  return {
    id: 'ckquorum',
    title: 'CKQUORUM',
    hint: 'could authorise a failover; says nothing of candidates',
    cells,
    summary,
    differs: failing > 0,
    isGrave: true,
  }
}

function tiltRow(views: readonly InspectSentinelView[]): MatrixRow {
  const cells = views.map((view): MatrixCell => {
    if (view.tilt === null) return unknownCell(view)
    return {
      sentinel: view.sentinel,
      text: view.tilt ? 'TILT' : 'no',
      raw: String(view.tilt),
      standing: view.tilt ? 'bad' : 'agrees',
      note: view.tilt ? 'acts on nothing until its clock is steady for 30 s' : null,
    }
  })
  const tilted = cells.filter((cell) => cell.standing === 'bad').length
  const known = cells.some((cell) => cell.standing !== 'unknown')
  const summary = !known ? 'not known' : tilted > 0 ? `${tilted} in TILT` : 'none'
  return {
    id: 'tilt',
    title: 'TILT',
    hint: 'a stalled or jumped clock',
    cells,
    summary,
    differs: tilted > 0,
    isGrave: true,
  }
}

/** One row a node that some Sentinel holds for ill. */
function illRows(views: readonly InspectSentinelView[]): MatrixRow[] {
  const ids = [...new Set(views.flatMap((view) => view.ill.map((entry) => entry.id)))]
  return ids
    .sort((a, b) => a.localeCompare(b, 'en', { numeric: true }))
    .map((id) => {
      const cells = views.map((view): MatrixCell => {
        const entry = view.ill.find((one) => one.id === id)
        if (entry)
          return {
            sentinel: view.sentinel,
            text: entry.flags.join(' '),
            raw: entry.flags.join(','),
            standing: 'bad',
            note: null,
          }
        if (view.sentinel === id)
          return { sentinel: view.sentinel, text: 'itself', raw: '', standing: 'plain', note: null }
        const knows = view.replicas?.includes(id) === true || view.peers?.includes(id) === true || view.master === id
        if (!knows && view.replicas === null && view.peers === null) return unknownCell(view)
        return {
          sentinel: view.sentinel,
          text: knows ? 'well' : 'not listed',
          raw: knows ? 'well' : '',
          standing: 'plain',
          note: null,
        }
      })
      const said = cells.filter((cell) => cell.standing === 'bad').length
      return {
        id,
        title: id,
        hint: 'flags by Sentinel',
        cells,
        summary: `${said} of ${views.length} say so`,
        differs: true,
        isGrave: false,
      }
    })
}

function sayFlags(view: InspectSentinelView): Spoken | null {
  if (view.at === null) return null
  const flags = [...view.flags].sort()
  return { key: flags.join(','), text: flags.join(' ') || 'none' }
}

function unknownCell(view: InspectSentinelView): MatrixCell {
  return {
    sentinel: view.sentinel,
    text: '—',
    raw: '',
    standing: 'unknown',
    note: view.at === null ? 'never answered' : 'not told',
  }
}
