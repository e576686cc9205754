import type { Address, NodeId } from '../../domain/address.ts'

/** Why something typed cannot be used: one line, and what to type instead. Never holds a secret. */
export interface TargetProblem {
  readonly problem: string
  readonly hint: string
}

export type TargetResult<T> = { readonly ok: true; readonly value: T } | ({ readonly ok: false } & TargetProblem)

export interface TargetCredentials {
  readonly user?: string
  readonly password?: string
}

/** PEM texts, already checked; `serverNames` names single nodes, `serverName` the rest. */
export interface TargetTls {
  readonly ca?: string
  readonly cert?: string
  readonly key?: string
  readonly serverName?: string
  readonly serverNames?: ReadonlyMap<NodeId, string>
  readonly insecure: boolean
}

export interface TargetNat {
  readonly from: Address
  readonly to: Address
}

/** How to reach whatever the target names. */
export interface TargetAccess {
  readonly timeoutMs: number
  readonly node: TargetCredentials
  readonly sentinel: TargetCredentials
  readonly nodeTls?: TargetTls
  readonly sentinelTls?: TargetTls
  readonly nat: readonly TargetNat[]
}

/** What a person typed, understood: at least one address in all. */
export interface ParsedTarget {
  readonly sentinels: readonly Address[]
  readonly nodes: readonly Address[]
  /** Addresses that are to be asked what they are. */
  readonly undecided: readonly Address[]
  readonly group: string | undefined
  readonly access: TargetAccess
}

export const DEFAULT_TIMEOUT_MS = 2000

export function accept<T>(value: T): { readonly ok: true; readonly value: T } {
  return { ok: true, value }
}

export function refuse(problem: string, hint: string): { readonly ok: false } & TargetProblem {
  return { ok: false, problem, hint }
}

/** Shown in place of what cannot be repeated safely: bounded, and without control characters. */
export function quote(text: string): string {
  // oxlint-disable-next-line no-control-regex -- control characters are what is being removed
  const safe = text.replace(/[\u0000-\u001f\u007f-\u009f]/g, '?')
  return `"${safe.length > 80 ? `${safe.slice(0, 79)}…` : safe}"`
}
