import type { Exposure } from '../domain/findings/model.ts'
import type { ExposureReport } from './forecast.ts'
import { toKnownTime } from './plain.ts'
import { toInspectExposure } from './to-findings.ts'

/** The exposure of every group as JSON, in the order given; `takenAt` is epoch ms. */
export function toExposureReport(
  groups: Iterable<{ readonly snapshot: { readonly name: string }; readonly exposure: Exposure | undefined }>,
  takenAt: number,
): ExposureReport {
  return {
    schema: 'repliscope/exposure@1',
    takenAt: toKnownTime(takenAt),
    groups: [...groups].map(({ snapshot, exposure }) => ({
      name: snapshot.name,
      exposure: exposure === undefined ? null : toInspectExposure(exposure),
    })),
  }
}
