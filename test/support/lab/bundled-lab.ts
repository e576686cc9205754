import { join } from 'node:path'

/** The lab as one file of JavaScript in a folder of this one: Node 20 does not run TypeScript. */
export async function bundledLab(dir: string): Promise<string> {
  const { build } = await import('vite')
  await build({
    configFile: false,
    logLevel: 'error',
    build: {
      ssr: 'src-main/lab/lab.ts',
      target: 'node20',
      outDir: join(dir, 'bundle'),
      rollupOptions: { output: { entryFileNames: 'lab.mjs' } },
    },
  })
  return join(dir, 'bundle', 'lab.mjs')
}
