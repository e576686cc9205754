import { execFile } from 'node:child_process'
import { cpSync, mkdtempSync, readFileSync, readdirSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import ts from 'typescript'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const FIXTURES = fileURLToPath(new URL('fixtures', import.meta.url))

// The fixtures are linted where the rules expect real code: in a copy at the top of a tree with our configuration.
let tree = ''
beforeAll(() => {
  tree = mkdtempSync(join(tmpdir(), 'repliscope-lint-'))
  for (const kind of ['lint', 'vue']) cpSync(join(FIXTURES, kind), tree, { recursive: true })
  for (const file of readdirSync(ROOT).filter((name) =>
    /^(tsconfig.*|\.oxlintrc)\.json$|^eslint\.config\.js$/.test(name),
  ))
    cpSync(join(ROOT, file), join(tree, file))
  symlinkSync(join(ROOT, 'node_modules'), join(tree, 'node_modules'))
})
afterAll(() => rmSync(tree, { recursive: true, force: true }))

describe('lint', () => {
  it('fires each rule that a fixture breaks on purpose, on that file and on no other ground', async () => {
    const text = await outputOf('oxlint', '--format', 'json', 'src-main', 'src-renderer')
    const { diagnostics } = JSON.parse(text) as { diagnostics: { code: string; filename: string }[] }
    const fired = diagnostics.filter((it) => it.filename.endsWith('.ts')).map((it) => `${it.filename} ${it.code}`)
    expect(fired.sort()).toEqual(expectedIn('lint', /^\/\/ breaks (\S+)/))
  })

  it('fires each rule of the templates that a fixture breaks on purpose', async () => {
    const text = await outputOf('eslint', '--format', 'json', 'src-renderer')
    const files = JSON.parse(text) as { filePath: string; messages: { ruleId: string }[] }[]
    const fired = files.flatMap((file) => file.messages.map((it) => `${relative(tree, file.filePath)} ${it.ruleId}`))
    expect(fired.sort()).toEqual(expectedIn('vue', /^<!-- breaks (\S+)/))
  })
})

describe('domain', () => {
  const configFile = join(ROOT, 'tsconfig.domain.json')
  const { options } = ts.parseJsonConfigFileContent(
    ts.readConfigFile(configFile, (path) => readFileSync(path, 'utf8')).config,
    ts.sys,
    ROOT,
  )
  const files = readdirSync(join(FIXTURES, 'domain-types'))

  it.each(files)('does not compile with what %s uses', (file) => {
    const path = join(FIXTURES, 'domain-types', file)
    const program = ts.createProgram([path], options)
    const errors = ts.getPreEmitDiagnostics(program).filter((it) => it.file?.fileName === path)
    expect(errors).not.toEqual([])
  })
})

function expectedIn(kind: string, pattern: RegExp): readonly string[] {
  const files = readdirSync(join(FIXTURES, kind), { recursive: true, encoding: 'utf8' })
  return files
    .filter((file) => /\.(ts|vue)$/.test(file))
    .map((file) => `${file} ${pattern.exec(readFileSync(join(FIXTURES, kind, file), 'utf8'))?.[1] ?? 'nothing'}`)
    .sort()
}

function outputOf(tool: string, ...args: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile(join(ROOT, 'node_modules/.bin', tool), args, { cwd: tree }, (error, stdout, stderr) => {
      // Findings are why it exits with 1.
      if (stdout.trim().startsWith('[') || stdout.trim().startsWith('{')) resolve(stdout)
      else reject(new Error(`${tool}: ${stderr || (error?.message ?? stdout)}`))
    })
  })
}
