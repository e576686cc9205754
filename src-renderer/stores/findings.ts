import { defineStore } from 'pinia'
import { computed, shallowRef, watch } from 'vue'
import type { Acknowledgement, AcknowledgementKey } from '../../src-main/contract/acknowledgement.ts'
import type { CallAnswer, ContractFailure } from '../../src-main/contract/calls.ts'
import type { GroupSlice, InspectFinding } from '../../src-main/contract/inspect.ts'
import { isQuieted } from '../../src-main/domain/findings/acknowledged.ts'
import { keepSame } from '../graph/equal.ts'
import { useClient } from './client.ts'
import { useDeploymentStore } from './deployment.ts'

type Severity = InspectFinding['severity']
export type SeverityCounts = Readonly<Record<Severity, number>>

const SEVERITIES = ['critical', 'warning', 'info'] as const

function count(findings: readonly InspectFinding[]): SeverityCounts {
  const counts = { critical: 0, warning: 0, info: 0 }
  for (const finding of findings) if (finding.held) counts[finding.severity] += 1
  return counts
}

const heldKnown = new WeakMap<GroupSlice, SeverityCounts>()

function countHeld(slice: GroupSlice): SeverityCounts {
  const counts = heldKnown.get(slice) ?? count(slice.findings)
  heldKnown.set(slice, counts)
  return counts
}

/** What people have seen and said so; kept by the host, so that it is there again tomorrow. */
export const useFindingsStore = defineStore('findings', () => {
  const client = useClient()
  const deployment = useDeploymentStore()
  const acknowledgements = shallowRef<readonly Acknowledgement[]>([])
  const failure = shallowRef<ContractFailure | null>(null)
  let turn = 0

  const byKey = computed(() => new Map(acknowledgements.value.map((one) => [keyText(one), one])))
  const shownSlices = computed<readonly GroupSlice[]>(() => {
    if (deployment.isAllGroups) return [...deployment.slices.values()]
    return deployment.activeSlice ? [deployment.activeSlice] : []
  })
  /** Findings in view that hold and that nobody has acknowledged. */
  const open = computed<SeverityCounts>((before) => {
    const counts = { critical: 0, warning: 0, info: 0 }
    for (const slice of shownSlices.value) {
      // Mostly nothing is acknowledged: then a slice is counted once, and most are the ones of the last sample.
      const own = byKey.value.size === 0 ? countHeld(slice) : countOpen(slice)
      for (const severity of SEVERITIES) counts[severity] += own[severity]
    }
    // The same record while the same is open: the rail is drawn anew only for another count.
    return before ? keepSame(before, counts) : counts
  })

  function countOpen(slice: GroupSlice): SeverityCounts {
    return count(slice.findings.filter((finding) => acknowledgementOf(slice.group.name, finding) === null))
  }

  /** The acknowledgement that covers a finding now; null when there is none, it ran out, or the finding has become graver. */
  function acknowledgementOf(group: string, finding: InspectFinding): Acknowledgement | null {
    if (byKey.value.size === 0) return null
    const found = byKey.value.get(keyText({ code: finding.code, subject: finding.subject, group }))
    if (!found || !isQuieted(finding, found)) return null
    if (found.expiresAt !== null && Date.parse(found.expiresAt) <= deployment.hostTime(Date.now())) return null
    return found
  }

  async function take(answering: Promise<CallAnswer<'findings/acknowledged'>>): Promise<boolean> {
    const mine = ++turn
    const answer = await answering
    if (mine !== turn) return answer.ok
    failure.value = answer.ok ? null : answer.failure
    if (answer.ok) acknowledgements.value = answer.value.acknowledgements
    return answer.ok
  }

  async function load(): Promise<void> {
    const session = deployment.activeSession
    if (session !== null) await take(client.call('findings/acknowledged', { session }))
  }

  /** `expiresAt` is epoch ms of the host's clock; null: until it is taken back. False when it could not be kept. */
  async function acknowledge(
    group: string,
    finding: InspectFinding,
    note: string,
    expiresAt: number | null,
  ): Promise<boolean> {
    const session = deployment.activeSession
    if (session === null) return false
    const acknowledgement = {
      code: finding.code,
      subject: { ...finding.subject },
      group,
      severity: finding.severity,
      note,
      expiresAt: expiresAt === null ? null : new Date(expiresAt).toISOString(),
    }
    return take(client.call('findings/acknowledge', { session, acknowledgement }))
  }

  async function unacknowledge(key: AcknowledgementKey): Promise<boolean> {
    const session = deployment.activeSession
    if (session === null) return false
    const { code, subject, group } = key
    return take(client.call('findings/unacknowledge', { session, key: { code, subject: { ...subject }, group } }))
  }

  watch(
    () => deployment.activeSession,
    () => {
      acknowledgements.value = []
    },
  )
  watch(() => [deployment.activeSession, deployment.loads], load, { immediate: true })

  const stop = client.on('findings/acknowledged', (told) => {
    if (told.session === deployment.activeSession) acknowledgements.value = told.acknowledgements
  })
  /** Ends the subscription; the store is of no use afterwards. */
  function dispose(): void {
    stop()
  }

  return { acknowledgements, failure, open, shownSlices, acknowledgementOf, acknowledge, unacknowledge, load, dispose }
})

/** One text a finding of a group, whatever its severity. */
export function keyText({ code, subject, group }: AcknowledgementKey): string {
  return JSON.stringify([group, code, subject.kind, subject.id])
}
