import { createHostActions, groupOf, readIntent, reachOf } from '../../src-main/app/actions-host.ts'
import { openDeployment } from '../../src-main/app/open-deployment.ts'
import { targetFromFlags } from '../../src-main/app/targets/from-flags.ts'

/**
 * A host that runs one switchover and kills itself with SIGKILL right after the answer to the step of a number. Arguments:
 * the Sentinel, the group, the step.
 */
const [, , sentinel = '', group = '', dieAfter = '0'] = process.argv
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
const outcome = await actions.run(
  kept.value.plan.id,
  { text: group, isArmed: true, acknowledged: [], note: undefined },
  reach,
  {
    onProgress: ({ n, phase }) => {
      if (n === Number(dieAfter) && (phase === 'done' || phase === 'failed')) process.kill(process.pid, 'SIGKILL')
    },
    signal: new AbortController().signal,
  },
)
process.stderr.write(`not killed: ${JSON.stringify(outcome)}\n`)
process.exit(1)
