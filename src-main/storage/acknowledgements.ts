import { join } from 'node:path'
import { ok } from '../domain/failure.ts'
import type { Result } from '../domain/failure.ts'
import type { Acknowledged } from '../domain/findings/acknowledged.ts'
import type { Severity, Subject } from '../domain/findings/model.ts'
import { createStoredList } from './stored-list.ts'

const SCHEMA = 'repliscope/acknowledgements@1'
/** Over all deployments; beyond it the oldest go. */
const MOST = 5000

/** What names one within a deployment. */
export type AcknowledgementName = Pick<Acknowledged, 'code' | 'subject' | 'group'>

type Entry = Acknowledged & { readonly deployment: string }

/** Acknowledgements in `acknowledgements.json` of the data folder, by deployment. */
export interface Acknowledgements {
  /** Those in force at `now` (epoch ms), oldest first. */
  readonly list: (deployment: string, now: number) => Promise<Result<readonly Acknowledged[]>>
  /** Puts one in, in place of an older one of the same name; answers with those in force. */
  readonly put: (deployment: string, one: Acknowledged, now: number) => Promise<Result<readonly Acknowledged[]>>
  /** One that is not there is no failure: it is gone either way. */
  readonly remove: (
    deployment: string,
    name: AcknowledgementName,
    now: number,
  ) => Promise<Result<readonly Acknowledged[]>>
}

/** Opens the file when it is needed. A broken one is kept aside, and `onBroken` is told its new name. */
export function createAcknowledgements(folder: string, onBroken: (keptAs: string) => void): Acknowledgements {
  const list = createStoredList<Entry>({
    path: join(folder, 'acknowledgements.json'),
    schema: SCHEMA,
    field: 'acknowledgements',
    isEntry,
    onBroken,
  })
  const change = async (deployment: string, now: number, to: (inForce: readonly Entry[]) => readonly Entry[]) =>
    answer(await list.change((present) => to(present.filter((one) => isInForce(one, now))).slice(-MOST)), deployment)
  return {
    list: async (deployment, now) => {
      const read = await list.read()
      return answer(read.ok ? ok(read.value.filter((one) => isInForce(one, now))) : read, deployment)
    },
    put: (deployment, one, now) =>
      change(deployment, now, (inForce) => [
        ...inForce.filter((other) => !isSame(other, deployment, one)),
        { deployment, ...one },
      ]),
    remove: (deployment, name, now) =>
      change(deployment, now, (inForce) => inForce.filter((other) => !isSame(other, deployment, name))),
  }
}

function answer(of: Result<readonly Entry[]>, deployment: string): Result<readonly Acknowledged[]> {
  if (!of.ok) return of
  return ok(of.value.filter((one) => one.deployment === deployment).map(withoutDeployment))
}

function withoutDeployment({ code, subject, group, severity, note, at, expiresAt }: Entry): Acknowledged {
  return { code, subject: { kind: subject.kind, id: subject.id }, group, severity, note, at, expiresAt }
}

function isInForce(one: Entry, now: number): boolean {
  return one.expiresAt === null || Date.parse(one.expiresAt) > now
}

function isSame(one: Entry, deployment: string, name: AcknowledgementName): boolean {
  return (
    one.deployment === deployment &&
    one.code === name.code &&
    one.group === name.group &&
    one.subject.kind === name.subject.kind &&
    one.subject.id === name.subject.id
  )
}

const SEVERITIES: ReadonlySet<unknown> = new Set<Severity>(['critical', 'warning', 'info'])
const KINDS: ReadonlySet<unknown> = new Set<Subject['kind']>(['group', 'node', 'link', 'deployment'])

function isEntry(value: unknown): value is Entry {
  return (
    isRecord(value) &&
    ['deployment', 'code', 'group', 'note', 'at'].every((field) => typeof value[field] === 'string') &&
    SEVERITIES.has(value['severity']) &&
    isRecord(value['subject']) &&
    KINDS.has(value['subject']['kind']) &&
    typeof value['subject']['id'] === 'string' &&
    (value['expiresAt'] === null ||
      (typeof value['expiresAt'] === 'string' && !Number.isNaN(Date.parse(value['expiresAt']))))
  )
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null
}
