/** How one line is told from the others: a colour token and a dash pattern, never the colour alone. */
export interface LineStyle {
  /** 1 to 6: the CSS variable `--series-N`. */
  readonly colour: number
  readonly dash: readonly number[]
}

export const COLOURS = 6
/** Solid first; neighbours differ in colour and pattern. */
const DASHES: readonly (readonly number[])[] = [[], [7, 3], [2, 3], [9, 3, 2, 3]]

/** Styles that are all different. */
export const STYLES = COLOURS * DASHES.length

/**
 * Gives every id a style that it keeps for as long as it lives: styles already given stay, new ids take the first free
 * one, in the order given. Beyond `STYLES` lines they repeat.
 */
export function assignStyles(given: ReadonlyMap<string, number>, ids: readonly string[]): Map<string, number> {
  const wanted = new Set(ids)
  const kept = new Map([...given].filter(([id]) => wanted.has(id)))
  const taken = new Set(kept.values())
  let next = 0
  for (const id of ids) {
    if (kept.has(id)) continue
    while (taken.has(next)) next++
    kept.set(id, next)
    taken.add(next)
  }
  return kept
}

/** The look of a style number. */
export function styleOf(slot: number): LineStyle {
  const pattern = slot % STYLES
  const colour = pattern % COLOURS
  return { colour: colour + 1, dash: DASHES[(colour + Math.floor(pattern / COLOURS)) % DASHES.length]! }
}
