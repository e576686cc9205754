import { describe, expect, it } from 'vitest'
import { drillHtml } from '../../../src-main/export/drill-html.ts'
import { drillMarkdown } from '../../../src-main/export/drill-markdown.ts'
import { drillSvg } from '../../../src-main/export/drill-svg.ts'
import { DRILL_NODES, DRILL_TIMELINE, drillReport, remediedReport } from '../../support/drill-reports.ts'

const HOSTILE = '<img src=x onerror=alert(1)> | `rm -rf` [x](http://evil.test) \u202e\u001b[31m'
const REMEDY = {
  title: 'Ask for one replica before a write',
  commands: ['redis-cli CONFIG SET min-replicas-to-write 1'],
}

const hostile = () =>
  drillReport({
    title: HOSTILE,
    server: HOSTILE,
    startedAt: HOSTILE,
    lesson: [HOSTILE],
    timeline: [{ atMs: 1, lane: 'fault', node: HOSTILE, what: HOSTILE, detail: HOSTILE }],
    forecast: { ...drillReport().forecast, winner: HOSTILE, findings: [HOSTILE] },
    measured: { ...drillReport().measured, winner: HOSTILE, findings: [HOSTILE] },
  })

describe('the HTML report of a drill', () => {
  const html = drillHtml(drillReport(), undefined, REMEDY)

  it('tells the forecast, the measurement, the verdict, the numbers, the lesson and the timeline', () => {
    for (const words of [
      'The master dies under load',
      'redis 7.0.15',
      'The forecast was right in 5 of 5',
      '41 of 1161 acknowledged writes (11 KB) are gone',
      '0 B to 14 KB',
      '<div>11 KB</div>',
      '● right',
      'without the remedy',
      'Ask for one replica before a write',
      '<code>redis-cli CONFIG SET min-replicas-to-write 1</code>',
      `${DRILL_NODES.master}: killed, SIGKILL`,
      '5 s to 7.4 s',
    ])
      expect(html).toContain(words)
    expect(html).not.toContain('Side by side')
  })

  it('stands by itself: no script, nothing loaded, dark or light as the reader has it', () => {
    expect(html).not.toMatch(/<script|<link|<iframe|<img|@import|url\(|javascript:|\son\w+=/i)
    expect(html.replaceAll('http://www.w3.org/2000/svg', '')).not.toMatch(/https?:/)
    expect(html).toContain(`content="default-src 'none'; style-src 'unsafe-inline'"`)
    expect(html).toContain('prefers-color-scheme: dark')
    expect(html).toContain('@media print')
  })

  it('marks what was wrong and what was not said by shape and word', () => {
    const wrong = drillHtml(remediedReport())
    expect(wrong).toContain('■ wrong')
    expect(wrong).toContain('– not said')
    expect(wrong).toContain('class="lesson wrong"')
  })

  it('sets two runs side by side, and shows both whole', () => {
    const both = drillHtml(drillReport(), remediedReport(), REMEDY)
    expect(both).toContain('<h2>Side by side</h2>')
    expect(both).toContain('<th scope="row">lost</th><td>41</td><td>0</td>')
    expect(both.match(/<svg/g)).toHaveLength(2)
  })

  it('takes hostile names for text', () => {
    const text = drillHtml(hostile(), hostile(), { title: HOSTILE, commands: [HOSTILE] })
    expect(text).not.toContain('<img')
    expect(text).not.toContain('\u202e')
    expect(text).not.toContain('\u001b')
    expect(text).toContain('&lt;img')
  })
})

describe('the Markdown report of a drill', () => {
  it('tells the same', () => {
    const markdown = drillMarkdown(drillReport(), undefined, REMEDY)
    expect(markdown).toContain('# Drill: The master dies under load\n')
    expect(markdown).toContain(
      '| Acknowledged writes lost | 0 B to 14 KB | 11 KB; 41 of 1161 acknowledged writes | right |',
    )
    expect(markdown).toContain(`| 5.1 s | Faults | ${DRILL_NODES.master}: killed, SIGKILL |`)
    expect(markdown).toContain('- `redis-cli CONFIG SET min-replicas-to-write 1`')
    expect(markdown).not.toMatch(/\n{3}/)
    expect(markdown.endsWith('\n')).toBe(true)
  })

  it('sets two runs side by side', () => {
    const markdown = drillMarkdown(remediedReport(), drillReport())
    expect(markdown).toContain('|  | with the remedy | without the remedy |')
    expect(markdown).toContain('| lost | 0 | 41 |')
    expect(markdown.match(/## Timeline, /g)).toHaveLength(2)
  })

  it('takes hostile names for text', () => {
    const markdown = drillMarkdown(hostile(), hostile(), { title: HOSTILE, commands: [HOSTILE] })
    expect(markdown).not.toMatch(/^[^`]*[^\\]<img/m)
    expect(markdown).not.toContain('\u202e')
    expect(markdown).toContain('\\[x\\](http://evil.test)')
  })
})

describe('the picture of a drill for print', () => {
  it('names every moment, draws a bar a span, and stays in its frame', () => {
    const svg = drillSvg(drillReport())
    const count = [...svg.matchAll(/<g class="mark[^>]*><title>([^<]*)<\/title>/g)].flatMap((match) =>
      (match[1] ?? '').split('\n'),
    )
    expect(count.length).toBeGreaterThan(0)
    for (const { what } of DRILL_TIMELINE) expect(svg).toContain(what)
    expect(svg.match(/class="span /g)).toHaveLength(5)
    const places = [...svg.matchAll(/cx="([\d.]+)"/g)].map((match) => Number(match[1]))
    expect(Math.min(...places)).toBeGreaterThanOrEqual(74)
    expect(Math.max(...places)).toBeLessThanOrEqual(944)
  })

  it('draws a drill that ended before anything happened', () => {
    expect(drillSvg(drillReport({ timeline: [], probe: [], tookMs: 0 }))).toContain('</svg>')
  })
})
