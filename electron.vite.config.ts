import { chmodSync, existsSync, readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import vue from '@vitejs/plugin-vue'
import { defineConfig } from 'electron-vite'
import type { Plugin } from 'vite'

// Everything is bundled but what cannot be: Electron itself and packages with native code. A command line that loads
// one file starts in half the time of one that loads a hundred, and the package then needs no other package.
const NATIVE = ['keytar', 'libsql', 'ssh2', 'bufferutil', 'utf-8-validate']

const CLI = 'src-main/hosts/cli/index.ts'
const mainInputs = existing({
  'main/index': 'src-main/hosts/desktop/index.ts',
  'cli/index': CLI,
  // A process of its own: the keychain's library may hang.
  'shared/keychain': 'src-main/storage/vault-child.ts',
})
// The command line alone, for whoever needs no page.
const isMainOnly = process.env['REPLISCOPE_BUILD'] === 'main'
const preloadInputs = isMainOnly ? undefined : existing({ preload: 'src-main/hosts/desktop/preload.ts' })
const pageInputs = isMainOnly ? undefined : existing({ index: 'src-renderer/index.html' })

export default defineConfig({
  ...(mainInputs === undefined
    ? {}
    : {
        main: {
          plugins: [executable('cli/index')],
          build: {
            outDir: 'out',
            // The other targets build into folders of it; scripts/build.mjs removes what is old.
            emptyOutDir: false,
            // Node 20 runs the command line; Electron's own Node is newer.
            target: 'node20',
            externalizeDeps: false,
            rolldownOptions: {
              input: mainInputs,
              external: NATIVE,
              output: { entryFileNames: '[name].js', chunkFileNames: 'shared/[name]-[hash].js' },
            },
          },
        },
      }),
  ...(preloadInputs === undefined
    ? {}
    : {
        preload: {
          build: {
            outDir: 'out/preload',
            // A sandboxed preload can load neither ES modules nor packages.
            externalizeDeps: false,
            rolldownOptions: { input: preloadInputs, output: { format: 'cjs', entryFileNames: '[name].cjs' } },
          },
        },
      }),
  ...(pageInputs === undefined
    ? {}
    : {
        renderer: {
          root: 'src-renderer',
          plugins: [vue()],
          build: { outDir: 'out/renderer', target: 'es2023', rolldownOptions: { input: pageInputs } },
        },
      }),
})

function existing(inputs: Readonly<Record<string, string>>): Record<string, string> | undefined {
  const there = Object.entries(inputs).filter(([, file]) => existsSync(file))
  return there.length === 0 ? undefined : Object.fromEntries(there.map(([name, file]) => [name, resolve(file)]))
}

/** Makes one entry a program: its first line names Node, its file may be run. */
function executable(entry: string): Plugin {
  return {
    name: 'repliscope:executable',
    generateBundle(_options, bundle) {
      const chunk = bundle[`${entry}.js`]
      if (chunk?.type !== 'chunk' || chunk.code.startsWith('#!')) return
      chunk.code = `#!/usr/bin/env node\n${chunk.code}`
    },
    writeBundle(options) {
      const file = resolve(options.dir ?? 'out', `${entry}.js`)
      if (existsSync(file) && readFileSync(file, 'utf8').startsWith('#!')) chmodSync(file, 0o755)
    },
  }
}
