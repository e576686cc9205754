import { describe, expect, it } from 'vitest'
import type { Deployment, DeploymentOptions } from '../../../src-main/app/open-deployment.ts'
import type { ParsedTarget } from '../../../src-main/app/targets/model.ts'
import { runCli } from '../../../src-main/hosts/cli/main.ts'
import { HEALTHY, healthyGroup } from '../../support/facts.ts'
import { fakeDeployment, groupAt } from './fake-deployment.ts'
import { fakeTerminal } from './fake-terminal.ts'

const { master, replica1, chained, sentinels } = HEALTHY

async function forecast(...args: readonly string[]) {
  const snapshot = healthyGroup()
  const open = (_: ParsedTarget, options: DeploymentOptions): Promise<Deployment> =>
    Promise.resolve(fakeDeployment(groupAt(snapshot), options))
  const terminal = fakeTerminal()
  const code = await runCli(['forecast', 'failover', '--sentinel', '10.0.0.1:26379', ...args], terminal, open)
  return { code, stdout: terminal.stdout(), stderr: terminal.stderr() }
}

describe('forecast failover', () => {
  it.each([
    [['--without', master], 'that is the master'],
    [['--priority', `${master}=1`], 'that is no candidate'],
    [['--priority', `${sentinels[0]}=1`], 'that is no candidate'],
    [['--priority', `${chained}=1`], 'that is no candidate'],
  ])('refuses what would change nothing: %j', async (args, words) => {
    const { code, stdout, stderr } = await forecast(...args)
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
    expect(stderr).toMatch(/^repliscope: [^\n]+\n$/)
    expect(stderr).toContain(words)
  })

  it.each([
    ['--without', replica1],
    ['--without', sentinels[0]],
    ['--without', chained],
    ['--priority', `${replica1}=1`],
  ])('supposes %s %s', async (...args) => {
    expect(await forecast(...args)).toMatchObject({ code: 0, stderr: '' })
  })
})
