import { execFileSync } from 'node:child_process'
import { createHostActions, groupOf, readIntent, reachOf } from '../../src-main/app/actions-host.ts'
import { openDeployment } from '../../src-main/app/open-deployment.ts'
import { targetFromFlags } from '../../src-main/app/targets/from-flags.ts'

/**
 * A host that runs one switchover, and right after the answer to the step of a number kills itself with SIGKILL, or runs a
 * program to its end before it goes on. Arguments: the Sentinel, the group, the step, then that program and its arguments.
 * It tells the outcome on standard output.
 */
const [, , sentinel = '', group = '', cut = '0', ...interference] = process.argv
const flags = { sentinel: [sentinel], group }
const target = await targetFromFlags(flags, process.env)
if (!target.ok) throw new Error(target.problem)
const actions = createHostActions((line) => process.stderr.write(`${line}\n`))
const deployment = await openDeployment(target.value, { oneShot: true })
await deployment.firstPicture()
const found = groupOf(deployment.session.state(), group)
const intent = readIntent({ action: 'switchover', environment: 'lab' })
if (!found.ok || !intent.ok) throw new Error('no group')
const reach = reachOf(target.value)
const kept = await actions.plan({ ...intent.value, group }, found.value, reach, flags)
if (!kept.ok) throw new Error(JSON.stringify(kept.failure))
let isCut = false
const outcome = await actions.run(
  kept.value.plan.id,
  { text: group, isArmed: true, acknowledged: [], note: undefined },
  reach,
  {
    onProgress: ({ n, phase }) => {
      if (isCut || n !== Number(cut) || (phase !== 'done' && phase !== 'failed')) return
      isCut = true
      const [program, ...args] = interference
      if (program === undefined) process.kill(process.pid, 'SIGKILL')
      else execFileSync(program, args, { stdio: ['ignore', 'ignore', 'inherit'], timeout: 20_000 })
    },
    signal: new AbortController().signal,
  },
)
process.stdout.write(`${JSON.stringify(outcome)}\n`)
process.exit(1)
