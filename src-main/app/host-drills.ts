import type { DrillTools } from './drill-calls.ts'

/** Drills on real servers, loaded when somebody asks for them. */
export function hostDrillTools(): DrillTools {
  return {
    list: async () => (await import('./run-drill.ts')).listDrills(),
    run: async (name, { watch, ...options }) => {
      const [{ runDrill }, { actInLab }] = await Promise.all([
        import('../lab/drills/run-drill.ts'),
        import('./drill-tools.ts'),
      ])
      return runDrill(name, { ...options, tools: { watch, act: actInLab } })
    },
    text: async (format, report, beside, remedy) => {
      if (format === 'html') return (await import('../export/drill-html.ts')).drillHtml(report, beside, remedy)
      return (await import('../export/drill-markdown.ts')).drillMarkdown(report, beside, remedy)
    },
  }
}
