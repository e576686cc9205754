import type { DrillReportView, DrillRunView, DrillView } from '../contract/lab.ts'
import type { DrillDescription, DrillForecast, DrillReport } from '../domain/drills/model.ts'

/** A drill as the gallery tells it; its script stays here. */
export function drillView(drill: DrillDescription, unavailable: string | null): DrillView {
  const { name, title, story, difficulty, needs, remedy, seconds } = drill
  return {
    name,
    title,
    story,
    difficulty,
    needs: [...needs],
    remedy: remedy === undefined ? null : { title: remedy.title, commands: [...remedy.commands] },
    seconds,
    unavailable,
  }
}

export function drillForecastView(forecast: DrillForecast): NonNullable<DrillRunView['forecast']> {
  return { ...forecast, resync: [...forecast.resync], findings: [...forecast.findings] }
}

export function drillReportView(report: DrillReport): DrillReportView {
  const { measured, timeline, probe, lesson } = report
  return {
    ...report,
    forecast: drillForecastView(report.forecast),
    measured: { ...measured, resync: [...measured.resync], findings: [...measured.findings] },
    timeline: [...timeline],
    probe: [...probe],
    lesson: [...lesson],
  }
}
