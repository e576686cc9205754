import type { InspectFinding } from '../../../contract/inspect.ts'
import { duration, secondsSince } from './units.ts'

/** What goes behind a title: its time is not over, or it has been better for a moment. Empty for what is so now. */
export function standingWords({ held, easedAt }: InspectFinding, takenAt: string): string {
  if (!held) return ' (not yet held)'
  const better = secondsSince(easedAt ?? null, takenAt)
  return better === undefined ? '' : ` (better for ${duration(Math.round(better))})`
}
