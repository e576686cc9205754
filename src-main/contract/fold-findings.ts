/** How findings are put together for people, wherever they are read. */
export { foldedEvidence, foldedRemedy, foldedWhy, foldFindings, isCommand } from '../domain/findings/fold.ts'
export type { Fold } from '../domain/findings/fold.ts'
