import type { Severity, Subject } from './model.ts'

/** What folding reads of a finding; the domain's and the contract's both have it. */
export interface Foldable {
  readonly code: string
  readonly severity: Severity
  readonly subject: Subject
  readonly title: string
  readonly why: string
  readonly remedy: readonly string[]
  readonly held: boolean
}

/** One statement, and the other subjects (by id) of which the very same is said. */
export interface Statement<T> {
  readonly first: T
  readonly sameOf: readonly string[]
}

/** Findings that people read as one: the first speaks for the others. */
export interface Fold<T> extends Statement<T> {
  /** In the order they came, the first among them. */
  readonly all: readonly T[]
  /** The others of which it is said in other words: another version, another figure. */
  readonly unlike: readonly Statement<T>[]
}

/**
 * Codes that are told of every process apart though they are one matter: one line each, in whatever words. Any other code
 * is folded only where the same is said, so that no figure of a link or a node is lost.
 */
export const ONE_MATTER: ReadonlySet<string> = new Set([
  'clock-skew',
  'dangerous-commands-open',
  'end-of-life',
  'inspector-not-permitted',
  'managed-service',
  'no-auth',
  'version-advisory',
])

/**
 * For people: one entry for what is said of several nodes or links, in the order of the first of each. `apart` keeps
 * items apart that must not be put together. JSON has one finding a subject.
 */
export function foldFindings<T>(
  items: readonly T[],
  findingOf: (item: T) => Foldable,
  apart: (item: T) => string = () => '',
): readonly Fold<T>[] {
  const folds = new Map<string, T[]>()
  for (const item of items) {
    const key = JSON.stringify([apart(item), ...matterOf(findingOf(item))])
    const known = folds.get(key)
    if (known === undefined) folds.set(key, [item])
    else known.push(item)
  }
  return [...folds.values()].flatMap((all) => {
    const [statement, ...unlike] = statementsOf(all, findingOf)
    return statement === undefined ? [] : [{ ...statement, all, unlike }]
  })
}

function statementsOf<T>(all: readonly T[], findingOf: (item: T) => Foldable): readonly Statement<T>[] {
  const known = new Map<string, { readonly first: T; readonly sameOf: string[] }>()
  for (const item of all) {
    const finding = findingOf(item)
    const words = unnamed(finding, finding.title)
    const statement = known.get(words)
    if (statement === undefined) known.set(words, { first: item, sameOf: [] })
    else statement.sameOf.push(finding.subject.id)
  }
  return [...known.values()]
}

/** What is observed, once for all the nodes that show the same; `at` is the first one's. */
export function foldedEvidence<E extends { readonly node: string; readonly field: string; readonly value: unknown }>(
  findings: readonly { readonly evidence: readonly E[] }[],
): readonly { readonly nodes: readonly string[]; readonly one: E }[] {
  const known = new Map<string, { readonly nodes: string[]; readonly one: E }>()
  for (const one of findings.flatMap(({ evidence }) => evidence)) {
    const key = JSON.stringify([one.field, one.value])
    const row = known.get(key)
    if (row === undefined) known.set(key, { nodes: [one.node], one })
    else if (!row.nodes.includes(one.node)) row.nodes.push(one.node)
  }
  return [...known.values()]
}

/** Why it matters, each reason once. */
export function foldedWhy(findings: readonly Foldable[]): readonly string[] {
  return once(findings.map((finding) => ({ finding, text: finding.why })))
}

/**
 * What to do, each step once, all nodes' first steps before any second one: what must be done everywhere before the next
 * thing is done anywhere stays so.
 */
export function foldedRemedy(findings: readonly Foldable[]): readonly string[] {
  const longest = Math.max(0, ...findings.map(({ remedy }) => remedy.length))
  return Array.from({ length: longest }, (_, n) => n).flatMap((n) =>
    once(
      findings.flatMap((finding) => (finding.remedy[n] === undefined ? [] : [{ finding, text: finding.remedy[n] }])),
    ),
  )
}

/** True for a step that can be pasted into a shell. */
export function isCommand(step: string): boolean {
  return /^(?:redis|valkey)-(?:cli|server|sentinel|check-\w+)\s/.test(step)
}

function matterOf(finding: Foldable): readonly unknown[] {
  const { code, severity, subject, held, title } = finding
  const isOfOne = subject.kind === 'group' || subject.kind === 'deployment'
  const words = isOfOne ? `${subject.kind} ${subject.id}` : ONE_MATTER.has(code) ? '' : unnamed(finding, title)
  return [code, severity, held, words]
}

/** Commands name their node; of sentences that differ by it alone one is kept, with no node's name. */
function once(texts: readonly { readonly finding: Foldable; readonly text: string }[]): readonly string[] {
  const known = new Map<string, Set<string>>()
  for (const { finding, text } of texts) {
    const words = isCommand(text) ? text : unnamed(finding, text)
    known.set(words, (known.get(words) ?? new Set()).add(text))
  }
  return [...known].map(([words, [...spelled]]) =>
    spelled.length === 1 ? (spelled[0] ?? words) : words.replaceAll(NAME, 'each of them'),
  )
}

/** Stands for the subject's name; no server sends it. */
const NAME = '\u0000'

/** What is said of a subject, without its name. */
function unnamed({ subject: { id } }: Foldable, text: string): string {
  const name = id.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
  return text.replace(new RegExp(`(?<![\\w.:-])${name}(?!\\d)`, 'g'), NAME)
}
