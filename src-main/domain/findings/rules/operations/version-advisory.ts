import {
  ADVISORIES_AS_OF,
  advisoriesFor,
  type AdvisedProcess,
  type AdvisoryAnswer,
  type AdvisoryMatch,
} from '../../advisories.ts'
import type { NodeSnapshot } from '../../../topology/model.ts'
import { nodeSubject } from '../../rule-facts.ts'
import { evidence, type Rule, type RuleContext, type Verdict } from '../../rule.ts'
import { listed } from '../../rule-words.ts'
import { answeringNodes, versionField, versionWords } from './hosts.ts'

/** So many rows are spelled out; the others are counted. */
const SHOWN = 12

/** Published fixes that this version does not have. */
export const versionAdvisory: Rule = {
  code: 'version-advisory',
  section: 'operations',
  severities: ['warning', 'info'],
  fires:
    'the version lacks fixes of resources/advisories.json; warning where the version alone (or a setting) decides, info where the use of a feature or a patch not verified does.',
  matters: 'Known defects lose or corrupt data, or let others in.',
  advice: "Update within the line. A distribution's backports do not show in the number: read its changelog first.",
  holdForMs: 0,
  judge: (context) => answeringNodes(context).flatMap((node) => judge(context, node)),
}

function judge(context: RuleContext, node: NodeSnapshot): readonly Verdict[] {
  const process = advisedProcess(node)
  if (process === undefined) return []
  const answer = answerFor(process)
  const subject = nodeSubject(node.id)
  if (!answer.known) return [{ kind: 'not-judged', subject, reason: `${node.id}: ${answer.reason}` }]
  const { matches, certain, rows, why, updates } = answer
  if (matches.length === 0) return []
  const { id } = node
  const version = versionWords(node) ?? ''
  return [
    {
      kind: 'fires',
      subject,
      severity: certain.length > 0 ? 'warning' : 'info',
      title:
        certain.length > 0
          ? `${id} runs ${version}, whose number lacks ${countWords(certain)}${certain.length < matches.length ? `; ${matches.length - certain.length} more may concern it` : ''}`
          : `${id} runs ${version}: ${countWords(matches)} may concern it`,
      evidence: [
        evidence(context, id, versionField(node), node.info?.server.version),
        ...rows.map(([field, value]) => evidence(context, id, field, value)),
        ...(matches.length > SHOWN ? [evidence(context, id, 'further advisories', matches.length - SHOWN)] : []),
      ],
      why,
      remedy: [
        ...updates,
        `Packages of a distribution: look these names up in the changelog of the package on the host of ${id}; it may have the fixes.`,
        'Update replicas first, one at a time, then fail over and update the old master.',
      ],
    },
  ]
}

/** What the table says of one kind of process, in the words that every such node gets. */
type Told =
  | Extract<AdvisoryAnswer, { readonly known: false }>
  | {
      readonly known: true
      /** Certain before possible. */
      readonly matches: readonly AdvisoryMatch[]
      readonly certain: readonly AdvisoryMatch[]
      /** Of the first matches: the advisory, and what it does. */
      readonly rows: readonly (readonly [field: string, value: string])[]
      readonly why: string
      readonly updates: readonly string[]
    }

const NO_SETTINGS = {}
const answers = new WeakMap<object, Map<string, Told>>()

/** The same version with the same settings has the same answer; the whole table is read once for it, not at every picture. */
function answerFor(process: AdvisedProcess): Told {
  const settings = process.settings ?? NO_SETTINGS
  const key = [process.kind, process.flavour, process.version, process.mode, process.os, process.isAofOn].join('|')
  const known = answers.get(settings)?.get(key)
  if (known !== undefined) return known
  const answer = told(advisoriesFor(process), process.version)
  answers.set(settings, (answers.get(settings) ?? new Map<string, Told>()).set(key, answer))
  return answer
}

function told(answer: AdvisoryAnswer, version: string | undefined): Told {
  if (!answer.known) return answer
  const matches = answer.matches
    .filter((match) => match.advisory.coveredBy === undefined)
    .sort((a, b) => rank(a) - rank(b))
  const certain = matches.filter((match) => match.severity === 'warning')
  const weighty = certain.length > 0 ? certain : matches
  return {
    known: true,
    matches,
    certain,
    rows: matches.slice(0, SHOWN).map(rowOf),
    why: [
      weighty.some(isSecurity) ? 'Among them are security defects.' : 'They concern durability or replication.',
      'A fix that a distribution carried back into this number cannot be seen from outside.',
      `The table ends in ${ADVISORIES_AS_OF} and is not complete.`,
    ].join(' '),
    updates: updatesFor(weighty, version),
  }
}

/** What the advisories need to know of a node; undefined before it answered. */
export function advisedProcess(node: NodeSnapshot): AdvisedProcess | undefined {
  const { info } = node
  if (info === undefined) return undefined
  return {
    kind: node.kind,
    flavour: info.server.flavour,
    version: info.server.version,
    mode: info.server.mode,
    os: info.server.os,
    settings: node.config,
    isAofOn: info.persistence.aofEnabled,
  }
}

/** Certain before possible, durability before security before the rest. */
function rank({ severity, advisory }: AdvisoryMatch): number {
  const order = ['durability', 'replication', 'security', 'sentinel', 'stability', 'compatibility']
  return (severity === 'warning' ? 0 : 10) + order.indexOf(advisory.category)
}

function isSecurity({ advisory }: AdvisoryMatch): boolean {
  return advisory.category === 'security'
}

function countWords(matches: readonly AdvisoryMatch[]): string {
  const security = matches.filter(isSecurity).length
  const fixes = `${matches.length} published ${matches.length === 1 ? 'fix' : 'fixes'}`
  return security === 0 ? fixes : `${fixes} (${security === matches.length ? 'security' : `${security} of security`})`
}

function rowOf({ advisory, fix, dependsOn }: AdvisoryMatch): readonly [field: string, value: string] {
  const words = {
    'fixed-in': () => (fix.kind === 'fixed-in' ? `fixed in ${fix.version}` : ''),
    'line-ended': () => (fix.kind === 'line-ended' ? `no fix in ${fix.line}, fixed in ${fix.version}` : ''),
    unverified: () => (fix.kind === 'unverified' ? `fixed in ${fix.version}; not verified for ${fix.line}` : ''),
    'not-fixed': () => 'not fixed',
  }[fix.kind]()
  const depends = dependsOn.length === 0 ? '' : `; depends on ${listed(dependsOn)}`
  return [advisory.title, `${advisory.effect} (${words}${depends})`]
}

/** The version of its own line that has most, and what has no fix there. */
function updatesFor(matches: readonly AdvisoryMatch[], version: string | undefined): readonly string[] {
  const own = matches.flatMap(({ fix }) => (fix.kind === 'fixed-in' ? [fix.version] : []))
  const highest = own.sort(byPatch).at(-1)
  const elsewhere = matches.filter(({ fix }) => fix.kind === 'line-ended' || fix.kind === 'unverified').length
  return [
    ...(highest === undefined
      ? []
      : [`Update from ${version ?? 'this version'} to ${highest} or a later patch of its line.`]),
    ...(elsewhere === 0
      ? []
      : [
          `${elsewhere} ${elsewhere === 1 ? 'has' : 'have'} no fix in this line that is known here: move to a line that is maintained.`,
        ]),
  ]
}

/** Of one line: the last number decides. */
function byPatch(a: string, b: string): number {
  return Number(a.split('.')[2] ?? 0) - Number(b.split('.')[2] ?? 0)
}
