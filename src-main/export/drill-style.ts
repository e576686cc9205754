/** The drill report's only style sheet: follows the reader's dark or light, ink-saving on paper. */
export const DRILL_STYLE = `
:root { color-scheme: light; --bg: #fff; --text: #101828; --line: #d0d5dd; --dim: #475467; --right: #076a56; --wrong: #b32a1a; --warn: #7d4f00; --accent: #0a5cb8; --wash: #f4f6f8; }
@media screen and (prefers-color-scheme: dark) {
  :root { color-scheme: dark; --bg: #0e1216; --text: #e4eaf0; --line: #37444f; --dim: #9aa8b4; --right: #41c7a5; --wrong: #ff7d70; --warn: #f2b441; --accent: #6cb2ff; --wash: #151b21; }
}
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 1120px; padding: 24px; font: 14px/1.5 system-ui, sans-serif; color: var(--text); background: var(--bg); }
h1 { font-size: 24px; margin: 0 0 4px; }
h2 { font-size: 17px; margin: 28px 0 8px; border-bottom: 1px solid var(--line); padding-bottom: 4px; }
p { margin: 4px 0; }
.dim { color: var(--dim); }
.lesson { margin: 12px 0; padding: 10px 14px 10px 30px; border: 1px solid var(--line); border-left: 5px solid var(--right); border-radius: 4px; background: var(--wash); }
.lesson.wrong { border-left-color: var(--wrong); }
table { border-collapse: collapse; width: 100%; margin: 8px 0; }
th, td { text-align: left; vertical-align: top; padding: 3px 12px 3px 0; border-bottom: 1px solid var(--line); overflow-wrap: anywhere; }
th { color: var(--dim); font-weight: 600; white-space: nowrap; }
th[scope=row] + td { min-width: 12em; }
td:first-child, td:first-child + td { white-space: nowrap; }
tbody tr { break-inside: avoid; }
code { font: 12.5px/1.45 ui-monospace, monospace; overflow-wrap: anywhere; }
.commands { margin: 6px 0; padding-left: 22px; }
.verdict { white-space: nowrap; font-weight: 600; }
.verdict.right { color: var(--right); }
.verdict.wrong { color: var(--wrong); }
.verdict.unsaid { color: var(--dim); }
.drill { width: 100%; height: auto; display: block; margin: 8px 0; }
.drill text { font: 11px system-ui, sans-serif; fill: var(--dim); }
.drill .lane { font-weight: 600; }
.drill .axis, .drill .count { text-anchor: middle; }
.drill .count { fill: var(--bg); font-weight: 700; font-size: 10px; }
.drill .tick { stroke: var(--line); stroke-dasharray: 2 3; fill: none; }
.drill .base { stroke: var(--line); fill: none; }
.drill .mark circle { fill: var(--dim); }
.drill .mark.fault circle { fill: var(--wrong); }
.drill .mark.finding circle { fill: var(--warn); }
.drill .mark.sentinel circle, .drill .mark.topology circle, .drill .mark.action circle { fill: var(--accent); }
.span.accepted { fill: var(--right); }
.span.refused { fill: var(--warn); }
.span.silent { fill: var(--dim); }
.span.lost { fill: var(--wrong); stroke: var(--text); stroke-width: 1.5; }
.key span { display: inline-flex; align-items: flex-end; gap: 5px; margin-right: 16px; color: var(--dim); }
.key i { display: inline-block; width: 16px; height: 14px; margin-bottom: 3px; background: var(--right); }
.key .refused { height: 7px; background: var(--warn); }
.key .silent { height: 3px; background: var(--dim); }
.key .lost { background: var(--wrong); outline: 1.5px solid var(--text); }
@media print { body { max-width: none; padding: 0; font-size: 11px; } @page { margin: 14mm; } }
`
