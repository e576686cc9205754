/**
 * Says when writes are due at a rate: how many, and how late the first of them is. A late event loop makes several due
 * at once, none is skipped.
 */
export function startPacer(
  perSecond: number,
  onDue: (count: number, lateMs: number) => void,
): { readonly stop: () => void } {
  const everyMs = 1000 / perSecond
  const zero = performance.now()
  let offered = 0
  let timer: NodeJS.Timeout
  const tick = () => {
    const elapsed = performance.now() - zero
    const due = Math.floor(elapsed / everyMs) + 1 - offered
    if (due > 0) {
      const lateMs = elapsed - offered * everyMs
      offered += due
      onDue(due, lateMs)
    }
    timer = setTimeout(tick, Math.max(1, zero + offered * everyMs - performance.now()))
  }
  timer = setTimeout(tick, 1)
  return { stop: () => clearTimeout(timer) }
}
