/** What has the focus now, to be given it back later; null when nothing in particular has it. */
export function focusHolder(): HTMLElement | null {
  const now = document.activeElement
  return now instanceof HTMLElement && now !== document.body ? now : null
}

/** Gives the focus back; what is no longer there, or never was, leaves it to the view in front instead of to nothing. */
export function giveFocusBack(home: HTMLElement | null): void {
  if (home?.isConnected === true) home.focus()
  if (home === null || document.activeElement !== home) document.querySelector<HTMLElement>('main')?.focus()
}
