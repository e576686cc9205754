import type { Environment } from '../../domain/findings/rule.ts'
import type { Result } from '../../domain/failure.ts'
import type { Session } from '../../monitor/session.ts'
import type { Lab } from '../lab-model.ts'

/** What a drill needs of the application, which it may not import. */
export interface DrillTools {
  /**
   * A session of the product on the lab, as a person would open it: the product's judge, its first picture taken. The
   * engine disposes it before the lab goes down.
   */
  readonly watch: (lab: Lab, options: WatchOptions) => Promise<Result<DrillWatch>>
  /** Plans and runs a guarded action of the product on the lab, confirmation included. */
  readonly act: (watch: DrillWatch, action: DrillAction, signal: AbortSignal) => Promise<Result<DrillActionOutcome>>
}

export interface WatchOptions {
  readonly environment: Environment
  readonly intervalMs: number
}

export interface DrillWatch {
  readonly session: Session
  /** Under which the host shows it live; null where it does not. */
  readonly sessionId: string | null
  readonly lab: Lab
  readonly dispose: () => Promise<void>
}

/** An action by the words in which a person asks for it: ids of nodes, settings by name. */
export interface DrillAction {
  readonly action: string
  readonly node?: string
  readonly to?: string
  readonly settings?: Readonly<Record<string, string>>
  /** One line for every step that begins or ends. */
  readonly onProgress?: (what: string, detail: string) => void
}

export interface DrillActionOutcome {
  readonly state: string
  readonly tookMs: number
  /** What it says of itself, one line each. */
  readonly said: readonly string[]
}
