import { isUntold } from '../domain/failover/works.ts'
import type { FailoverReport } from './forecast.ts'

/** `works.ok` is false only because no Sentinel could be heard: whether a failover would work is not known. */
export function isFailoverUntold({ works }: Pick<FailoverReport, 'works'>): boolean {
  return isUntold(works)
}
