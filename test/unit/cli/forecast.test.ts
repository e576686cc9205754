import { describe, expect, it } from 'vitest'
import type { Deployment, DeploymentOptions } from '../../../src-main/app/open-deployment.ts'
import type { ParsedTarget } from '../../../src-main/app/targets/model.ts'
import { DEFAULT_THRESHOLDS } from '../../../src-main/domain/findings/thresholds.ts'
import { EMPTY_TIMELINE } from '../../../src-main/domain/timeline/model.ts'
import { runCli } from '../../../src-main/hosts/cli/main.ts'
import { FIXTURE_AT, HEALTHY, healthyGroup } from '../../support/facts.ts'
import { fakeTerminal } from './fake-terminal.ts'

const { master, replica1, chained, sentinels } = HEALTHY

async function forecast(...args: readonly string[]) {
  const snapshot = healthyGroup()
  const past = { samples: new Map(), events: [], since: FIXTURE_AT, isOneShot: true }
  const judged = { findings: [], notJudged: [], electable: [], exposure: undefined }
  const group = { revision: 1, snapshot, past, timeline: EMPTY_TIMELINE, ...judged }
  const nothing = () => Promise.resolve()
  const open = (_: ParsedTarget, options: DeploymentOptions): Promise<Deployment> =>
    Promise.resolve({
      session: {
        state: () => ({
          phase: 'live',
          failures: [],
          groups: new Map([[snapshot.name, group]]),
          load: [],
          isSlow: false,
        }),
        subscribe: () => () => undefined,
        refresh: nothing,
        focus: () => undefined,
        note: () => undefined,
        firstPicture: nothing,
        dispose: nothing,
      },
      environment: options.environment ?? 'production',
      thresholds: DEFAULT_THRESHOLDS,
      phase: () => 'live',
      failures: () => [],
      isInsecure: false,
      report: () => {
        throw new Error('not asked for')
      },
      firstPicture: nothing,
      recentEvents: () => [],
      secondSample: nothing,
      subscribe: () => () => undefined,
      dispose: nothing,
    })
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
