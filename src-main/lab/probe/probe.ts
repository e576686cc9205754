import type { Probe, ProbeOptions } from './probe-model.ts'

export type { Probe, ProbeCount, ProbeOptions, ProbeResult, ProbeTally } from './probe-model.ts'

/** Begins to write at once. */
export function startProbe(options: ProbeOptions): Probe {
  throw new Error(`no probe of ${options.group} yet`)
}
