/** How what the contract carries is told to people, wherever they read it. */
export { mayBeDead } from '../domain/failure.ts'
export { BYTE_UNITS } from '../domain/units.ts'
export { foldedEvidence, foldedRemedy, foldedWhy, foldFindings } from '../domain/findings/fold.ts'
export type { Fold } from '../domain/findings/fold.ts'
