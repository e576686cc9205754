import { escapeHtml as text } from './escape-html.ts'

/**
 * A page that stands by itself: nothing is loaded, nothing runs, and it prints. `header` and `main` are HTML; a style that
 * knows dark and light follows the reader's choice.
 */
export function htmlPage(page: {
  readonly title: string
  readonly style: string
  readonly followsReader: boolean
  readonly header: readonly string[]
  readonly main: readonly string[]
}): string {
  return `${[
    '<!doctype html>',
    '<html lang="en">',
    '<head>',
    '<meta charset="utf-8">',
    `<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">`,
    '<meta name="viewport" content="width=device-width, initial-scale=1">',
    ...(page.followsReader ? ['<meta name="color-scheme" content="dark light">'] : []),
    `<title>${text(page.title)}</title>`,
    `<style>${page.style}</style>`,
    '</head>',
    '<body>',
    '<header>',
    `<h1>${text(page.title)}</h1>`,
    ...page.header,
    '</header>',
    '<main>',
    page.main.filter((part) => part !== '').join('\n'),
    '</main>',
    '</body>',
    '</html>',
  ].join('\n')}\n`
}
