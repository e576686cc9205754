import { describe, expect, it } from 'vitest'
import { bulk, bulks, error } from '../support/fake-resp-server.ts'
import { connector, endAfterEach, fake, valueOf } from './adapter.ts'

endAfterEach()

const INFO = bulk('# Server\r\nredis_version:7.0.15\r\nrun_id:abc\r\n# Replication\r\nrole:master\r\n')

describe('who we are on a node', () => {
  it('is asked once a connection, and what the default user may is tried dry', async () => {
    const server = await fake({
      answers: {
        INFO,
        'CONFIG GET': bulks('appendonly', 'no'),
        'ACL WHOAMI': bulk('default'),
        'ACL DRYRUN': (command) =>
          command[3] === 'SHUTDOWN' ? bulk("This user has no permissions to run the 'shutdown' command") : bulk('OK'),
      },
    })
    const reader = connector().dataNode(server.address)
    valueOf(await reader.replication(false))
    const { access } = valueOf(await reader.settings())
    expect(access).toMatchObject({ hasCredentials: false, user: 'default' })
    expect(access.defaultUserMay?.get('FLUSHALL')).toBe(true)
    expect(access.defaultUserMay?.get('CONFIG SET')).toBe(true)
    expect(access.defaultUserMay?.get('SHUTDOWN')).toBe(false)
    valueOf(await reader.settings())
    expect(server.commands.filter(([name]) => name === 'ACL')).toHaveLength(7)
  })

  it('stays unknown where ACL is not permitted, and takes nothing else away', async () => {
    const server = await fake({
      answers: { INFO, 'CONFIG GET': bulks('appendonly', 'no'), ACL: error('NOPERM this user has no permissions') },
    })
    const reader = connector({ node: { user: 'u', password: 'p' } }).dataNode(server.address)
    valueOf(await reader.replication(false))
    const answer = valueOf(await reader.settings())
    expect(answer.access).toEqual({ hasCredentials: true, user: undefined, defaultUserMay: undefined })
    expect(answer.config?.get('appendonly')).toBe('no')
    expect(answer.notPermitted).toEqual([])
  })
})
