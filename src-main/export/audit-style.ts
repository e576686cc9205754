/** The report's only style sheet: plain on the screen, ink-saving on paper. */
export const AUDIT_STYLE = `
:root { color-scheme: light; --line: #d0d5dd; --dim: #475467; --critical: #b42318; --warning: #93370d; --info: #175cd3; }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 1120px; padding: 24px; font: 14px/1.5 system-ui, sans-serif; color: #101828; background: #fff; }
h1 { font-size: 24px; margin: 0 0 4px; }
h2 { font-size: 19px; margin: 32px 0 8px; border-bottom: 1px solid var(--line); padding-bottom: 4px; }
h3 { font-size: 15px; margin: 24px 0 8px; }
h4 { font-size: 14px; margin: 0 0 4px; }
p { margin: 4px 0; }
.dim { color: var(--dim); }
.headline { font-size: 16px; font-weight: 600; }
.counts span { display: inline-block; margin-right: 16px; font-weight: 600; }
.finding { border: 1px solid var(--line); border-left: 5px solid var(--dim); border-radius: 4px; padding: 10px 14px; margin: 10px 0; break-inside: avoid; }
.finding.critical { border-left-color: var(--critical); }
.finding.warning { border-left-color: var(--warning); }
.finding.info { border-left-color: var(--info); }
.finding.seen { border-left-style: dashed; }
.word.critical { color: var(--critical); }
.word.warning { color: var(--warning); }
.word.info { color: var(--info); }
table { border-collapse: collapse; width: 100%; margin: 8px 0; }
th, td { text-align: left; vertical-align: top; padding: 3px 10px 3px 0; border-bottom: 1px solid var(--line); overflow-wrap: anywhere; }
th { color: var(--dim); font-weight: 600; }
code, .mono { font: 12.5px/1.45 ui-monospace, monospace; overflow-wrap: anywhere; }
ol { margin: 6px 0; padding-left: 22px; }
.topology { width: 100%; height: auto; display: block; margin: 8px auto; }
.topology rect { fill: #fff; stroke: #667085; stroke-width: 1.5; }
.topology .master rect { stroke-width: 3; }
.topology .sentinel rect { fill: #f9fafb; }
.topology .critical rect { stroke: var(--critical); stroke-width: 3; }
.topology .warning rect { stroke: var(--warning); stroke-width: 2.5; }
.topology text { font: 11px system-ui, sans-serif; fill: #344054; }
.topology .id { font: 600 12px ui-monospace, monospace; fill: #101828; }
.topology .link { fill: none; stroke: #667085; stroke-width: 1.5; }
.topology .link.broken { stroke: var(--critical); stroke-dasharray: 6 4; }
.topology .label { fill: var(--dim); }
@media print { body { max-width: none; padding: 0; font-size: 11px; } h2 { break-before: auto; } @page { margin: 14mm; } }
`
