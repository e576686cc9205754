// TypeScript modules of the project as JavaScript for a script: Node 20 does not run TypeScript.
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { CACHE, ROOT } from './setup.mjs'

/**
 * Bundles `inputs` (name -> path from the root) into `.cache/FOLDER/NAME.mjs`, packages left outside, and gives the
 * paths. Two levels below the root, as test/bench/ is: `new URL('../../', import.meta.url)` is the root in both.
 */
export async function bundle(folder, inputs) {
  const { build } = await import(pathToFileURL(join(ROOT, 'node_modules', 'vite', 'dist', 'node', 'index.js')).href)
  const outDir = join(CACHE, folder)
  await build({
    root: ROOT,
    configFile: false,
    logLevel: 'error',
    build: {
      ssr: true,
      target: 'node20',
      minify: false,
      emptyOutDir: true,
      outDir,
      rolldownOptions: {
        input: Object.fromEntries(Object.entries(inputs).map(([name, path]) => [name, join(ROOT, path)])),
        output: { entryFileNames: '[name].mjs', chunkFileNames: 'shared-[name]-[hash].mjs' },
      },
    },
  })
  return Object.fromEntries(Object.keys(inputs).map((name) => [name, join(outDir, `${name}.mjs`)]))
}
