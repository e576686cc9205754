import { SEVERITY_RANK, type Finding } from './model.ts'

/**
 * What is said of a figure that swings about its limit, given what was said in the picture before. A finding that has
 * held stays, as it was last seen, until the figure has been better for `steadyMs` on end; so does its severity. Raised
 * it is by its rule's own hold time. `fresh`: found in this picture; undefined for nothing more to say.
 */
export function steadied(
  old: Finding | undefined,
  fresh: Finding | undefined,
  now: number,
  steadyMs: number,
): Finding | undefined {
  if (old?.held !== true) return fresh
  if (fresh !== undefined && SEVERITY_RANK[fresh.severity] >= SEVERITY_RANK[old.severity])
    return { ...fresh, held: true }
  const easedAt = old.easedAt ?? now
  if (now - easedAt >= steadyMs) return fresh === undefined ? undefined : { ...fresh, held: true }
  return { ...(fresh ?? old), severity: old.severity, held: true, easedAt }
}
