/** Calls back for every key pressed anywhere in the page. Returns its own stopper. */
export function onPageKey(listener: (event: KeyboardEvent) => void): () => void {
  window.addEventListener('keydown', listener)
  return () => window.removeEventListener('keydown', listener)
}

/** The width of the window, CSS pixels. */
export function pageWidth(): number {
  return window.innerWidth
}
