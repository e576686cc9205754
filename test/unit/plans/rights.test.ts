import { describe, expect, it } from 'vitest'
import { createLines } from '../../../src-main/actions/lines.ts'
import type { ActionDialler, ActionReply } from '../../../src-main/actions/ports.ts'
import { readRights } from '../../../src-main/actions/read-rights.ts'
import { rulesAllow } from '../../../src-main/domain/acl/permissions.ts'
import { ok, fail } from '../../../src-main/domain/failure.ts'
import type { CommandWords } from '../../../src-main/domain/plans/model.ts'
import { neededBy, rightsCheck, type RightsSeen } from '../../../src-main/domain/plans/rights.ts'
import { step } from '../../../src-main/domain/plans/seal.ts'
import { isActionAllowed } from '../../../src-main/redis/action-allow-list.ts'

const FENCE: CommandWords = ['CONFIG', 'SET', 'min-replicas-to-write', '2']
const REWRITE: CommandWords = ['CONFIG', 'REWRITE']

describe('what a plan needs', () => {
  it('is each kind of command once a process: of steps, of undos, of contingencies, with MULTI and EXEC', () => {
    const steps = [
      step({
        title: 'fence',
        node: 'm:1',
        peer: 'server',
        commands: [FENCE],
        undo: { title: 'back', node: 'm:1', commands: [['CONFIG', 'SET', 'min-replicas-to-write', '0'], REWRITE] },
      }),
      step({ title: 'level', node: 'm:1', peer: 'server', commands: [], wait: { kind: 'level', params: {} } }),
      step({ title: 'go', node: 's:1', peer: 'sentinel', commands: [['SENTINEL', 'FAILOVER', 'g']] }),
    ].map((one, i) => ({ ...one, n: i + 1 }))
    const contingencies = [{ when: 'late', node: 'r:1', command: ['CLIENT', 'UNPAUSE'] as const }]
    expect(neededBy({ steps, contingencies })).toEqual([
      { node: 'm:1', peer: 'server', commands: [FENCE, REWRITE, ['MULTI'], ['EXEC']] },
      { node: 's:1', peer: 'sentinel', commands: [['SENTINEL', 'FAILOVER', 'g']] },
      { node: 'r:1', peer: 'server', commands: [['CLIENT', 'UNPAUSE']] },
    ])
  })
})

describe('the command rules of a user', () => {
  it.each([
    ['+@all', FENCE, true],
    ['-@all', FENCE, false],
    ['-@all +config|set', FENCE, true],
    ['-@all +config|get', FENCE, false],
    ['-@all +config', REWRITE, true],
    ['+@all -config', FENCE, false],
    ['+@all -config|rewrite', REWRITE, false],
    ['+@all -config|rewrite', FENCE, true],
    ['+@all -@dangerous', FENCE, undefined],
    ['+@all -@dangerous +config', FENCE, true],
    ['-@all +@admin', FENCE, undefined],
    ['-@all +@read -config', FENCE, false],
    ['-@all +@read -@dangerous', FENCE, undefined],
    ['allcommands', FENCE, true],
    ['allcommands nocommands', FENCE, false],
  ] as const)('%s, asked about %s: %s', (rules, command, may) => {
    expect(rulesAllow(rules, command)).toBe(may)
  })
})

/** One process that answers as told; what it is asked must be permitted to an action. */
function speaking(answer: (command: CommandWords) => ActionReply): ActionDialler {
  return {
    open: () =>
      Promise.resolve(
        ok({
          node: 'm:1',
          isOpen: () => true,
          send: (commands) => {
            for (const command of commands) expect(isActionAllowed(command), command.join(' ')).toBe(true)
            return Promise.resolve({ state: 'answered', replies: commands.map(answer), sentAt: 0, receivedAt: 0 })
          },
          close: () => undefined,
        }),
      ),
    dispose: () => undefined,
  }
}

const needed = { node: 'm:1', peer: 'server', commands: [FENCE, REWRITE] } as const
const read = (answer: (command: CommandWords) => ActionReply): Promise<RightsSeen> =>
  readRights(createLines(speaking(answer), 'repliscope-plan'), needed, 1000)
const NOPERM = { error: "NOPERM this user has no permissions to run the 'acl|dryrun' command" }

describe('the rights on one process', () => {
  it('are passed where DRYRUN says OK to every command', async () => {
    const seen = await read((command) => ({ value: command[1] === 'WHOAMI' ? 'ops' : 'OK' }))
    expect(rightsCheck([seen])).toEqual({
      check: 'rights',
      status: 'passed',
      evidence: 'ops may run all 2 kinds of command on m:1',
    })
    expect(rightsCheck([{ ...seen, commands: seen.commands.slice(0, 1) }])).toMatchObject({
      evidence: 'ops may run the one kind of command on m:1',
    })
  })

  it('fail with command, node and the line to add', async () => {
    const seen = await read((command) => {
      if (command[1] === 'WHOAMI') return { value: 'ops' }
      return {
        value: command[4] === 'REWRITE' ? "This user has no permissions to run the 'config|rewrite' command" : 'OK',
      }
    })
    expect(rightsCheck([seen])).toEqual({
      check: 'rights',
      status: 'failed',
      evidence: 'm:1: ops may not run CONFIG REWRITE; add them there: ACL SETUSER ops +config|rewrite',
    })
  })

  it('fail for a command that was renamed', async () => {
    const seen = await read((command) =>
      command[1] === 'WHOAMI' ? { value: 'ops' } : { error: "ERR Command 'CONFIG' not found" },
    )
    expect(rightsCheck([seen])).toMatchObject({
      status: 'failed',
      evidence: expect.stringContaining('m:1 has no CONFIG SET, CONFIG REWRITE') as string,
    })
  })

  it('come from the rules of the user where there is no DRYRUN', async () => {
    const old = (rules: string) => (command: CommandWords) => {
      if (command[1] === 'WHOAMI') return { value: 'ops' }
      if (command[1] === 'DRYRUN') return { error: "ERR Unknown subcommand or wrong number of arguments for 'DRYRUN'" }
      return { value: ['flags', ['on'], 'passwords', ['hash'], 'commands', rules, 'keys', []] }
    }
    expect(rightsCheck([await read(old('-@all +config|set'))])).toMatchObject({
      status: 'failed',
      evidence: expect.stringContaining('ACL SETUSER ops +config|rewrite') as string,
    })
    expect(rightsCheck([await read(old('+@all'))]).status).toBe('passed')
    expect(rightsCheck([await read(old('+@all -@dangerous'))]).status).toBe('warned')
  })

  it('warn, with the reason, where they cannot be seen', async () => {
    const seen = await read((command) => (command[1] === 'WHOAMI' ? { value: 'ops' } : NOPERM))
    expect(rightsCheck([seen])).toEqual({
      check: 'rights',
      status: 'warned',
      evidence: 'whether every command is permitted cannot be seen: m:1: NOPERM (ACL DRYRUN)',
    })
    expect(rightsCheck([await read(() => NOPERM)]).evidence).toContain('NOPERM (ACL WHOAMI)')
  })

  it('are no question where there is no ACL, and none for who does not answer', async () => {
    const old = await read(() => ({ error: 'ERR unknown command `ACL`, with args beginning with: `WHOAMI`, ' }))
    expect(rightsCheck([old])).toMatchObject({ status: 'passed', evidence: 'm:1 has no ACL' })
    const dead: ActionDialler = {
      open: () =>
        Promise.resolve(fail({ kind: 'unreachable', at: 'm:1', cause: 'refused', stage: 'connect', detail: '' })),
      dispose: () => undefined,
    }
    const silent = await readRights(createLines(dead, 'repliscope-plan'), needed, 1000)
    expect(rightsCheck([silent])).toMatchObject({ status: 'passed', evidence: 'm:1 does not answer' })
  })

  it('never dry-runs what could not be sent', () => {
    expect(isActionAllowed(['ACL', 'DRYRUN', 'ops', 'CONFIG', 'SET', 'save', ''])).toBe(true)
    expect(isActionAllowed(['ACL', 'DRYRUN', 'ops', 'DEBUG', 'SLEEP', '1'])).toBe(false)
    expect(isActionAllowed(['ACL', 'DRYRUN', 'ops'])).toBe(false)
    expect(isActionAllowed(['ACL', 'SETUSER', 'ops', '+@all'])).toBe(false)
    expect(isActionAllowed(['ACL', 'LIST'])).toBe(false)
  })
})
