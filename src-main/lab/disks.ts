import { execFileSync } from 'node:child_process'
import { mkdirSync, readFileSync, statfsSync } from 'node:fs'
import { platform } from 'node:os'

/** More than any rehearsal writes; memory is used for what is written only. */
export const DISK_BYTES = 256 * 1024 * 1024

/** Why nodes cannot have disks of their own here; undefined where they can. */
export function whyNoDisks(): string | undefined {
  if (platform() !== 'linux') return 'only on Linux can a node have a small disk of its own'
  if (process.getuid?.() !== 0) return 'it needs root, to mount a small disk for the node'
  return mayMount() ? undefined : 'it needs the right to mount a small disk for the node, which root has not here'
}

/** CAP_SYS_ADMIN, which a container takes from its root. */
const SYS_ADMIN = 1n << 21n

// CapEff:	000001ffffffffff
function mayMount(): boolean {
  try {
    const [, effective] = /^CapEff:\s*([0-9a-f]+)$/m.exec(readFileSync('/proc/self/status', 'utf8')) ?? []
    return effective === undefined || (BigInt(`0x${effective}`) & SYS_ADMIN) !== 0n
  } catch {
    return true
  }
}

/** Mounts an empty disk in memory; undefined when it stands, else why not. */
export function mountDisk(path: string): string | undefined {
  mkdirSync(path, { recursive: true, mode: 0o700 })
  return run('mount', '-t', 'tmpfs', '-o', `size=${DISK_BYTES},mode=0700`, 'repliscope-lab', path)
}

/** Leaves so many bytes free on it; undefined when it is so, else why not. */
export function leaveFree(path: string, bytes: number): string | undefined {
  const { blocks, bfree, bsize } = statfsSync(path)
  const used = (blocks - bfree) * bsize
  // A size of zero would mean no limit.
  return run('mount', '-o', `remount,size=${Math.max(used + bytes, bsize)}`, path)
}

export function restoreSize(path: string): string | undefined {
  return run('mount', '-o', `remount,size=${DISK_BYTES}`, path)
}

/** Takes disks away again, those that are mounted; what still has a file open there does not hinder it. */
export function unmountDisks(paths: readonly string[]): void {
  const mounted = mountedNow()
  for (const path of paths) if (mounted.has(path)) run('umount', '--lazy', path)
}

// repliscope-lab /tmp/repliscope-labs-0/lab-x1y2z3/master/data tmpfs rw,relatime,size=262144k,mode=700 0 0
function mountedNow(): ReadonlySet<string> {
  try {
    const lines = readFileSync('/proc/self/mounts', 'utf8').split('\n')
    return new Set(
      lines.filter((line) => line.startsWith('repliscope-lab ')).map((line) => unescaped(line.split(' ')[1])),
    )
  } catch {
    return new Set()
  }
}

/** Space, tab, newline and backslash stand there as `\040` and the like. */
function unescaped(path: string | undefined): string {
  return (path ?? '').replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(parseInt(octal, 8)))
}

function run(program: string, ...args: readonly string[]): string | undefined {
  try {
    execFileSync(program, args, { stdio: ['ignore', 'ignore', 'pipe'], timeout: 10_000 })
    return undefined
  } catch (error) {
    const stderr = (error as { readonly stderr?: Buffer }).stderr?.toString().trim() ?? ''
    return stderr === '' ? String(error) : stderr
  }
}
