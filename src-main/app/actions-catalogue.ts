import type { ActionField, ActionKind } from '../contract/actions.ts'
import type { ActionName } from '../domain/plans/model.ts'
import { PLANNED_ACTIONS } from '../domain/plans/plan-action.ts'

type Words = Omit<ActionKind, 'action' | 'namesNode'> & { readonly namesNode?: boolean }

const field = (
  key: string,
  label: string,
  kind: ActionField['kind'],
  rest: Partial<ActionField> = {},
): ActionField => ({ key, label, kind, choices: [], initial: '', required: false, help: '', ...rest })

const WAIT_FIELDS: readonly ActionField[] = [
  field('replicas', 'Replicas that are to confirm', 'number', { initial: '1', required: true }),
  field('timeout', "WAIT's time-out, ms", 'number', {
    initial: '1000',
    required: true,
    help: '0 would wait for ever and is refused',
  }),
  field('count', 'Rounds', 'number', { initial: '20', required: true }),
  field('batch', 'Writes a round', 'number', { initial: '1', required: true, help: 'one WAIT for all of them' }),
]

const SETTINGS = field('settings', 'Settings', 'settings', {
  required: true,
  help: 'one NAME=VALUE a line, for example repl-backlog-size=256mb',
})

const REWRITE = field('rewrite', 'Keep it in the configuration file', 'choice', {
  choices: ['no', 'yes'],
  initial: 'no',
  help: 'CONFIG REWRITE afterwards; without it a restart brings the old value back',
})

const FLUSH_FIELDS: readonly ActionField[] = [
  field('way-back', 'Make a way back first', 'choice', {
    choices: ['yes', 'no'],
    initial: 'yes',
    help: 'each node saves, and is kept from overwriting that save until a copy is made',
  }),
  field('mode', 'Free the memory', 'choice', { choices: ['async', 'sync'], initial: 'async' }),
]

const RESTART_FIELDS: readonly ActionField[] = [
  field('absence', 'Expected to be away, s', 'number', { help: 'nothing given: by the size of its data' }),
  field('wait', 'Wait for it at most, s', 'number', { help: 'for whoever starts it again' }),
  field('full', 'Accept a full resync', 'choice', { choices: ['no', 'yes'], initial: 'no' }),
]

/** What people are told of each action. One that is planned and missing here is offered with a field for any setting. */
const WORDS: Readonly<Partial<Record<ActionName, Words>>> = {
  'wait-test': {
    title: 'Time WAIT',
    what: 'how long until N replicas confirm a write; writes one probe key and removes it',
    about: ['group', 'master'],
    weight: 'test',
    fields: [...WAIT_FIELDS],
  },
  'waitaof-test': {
    title: 'Time WAITAOF',
    what: 'how long until a write is in the append-only files; writes one probe key and removes it',
    about: ['group', 'master'],
    weight: 'test',
    fields: [
      field('local', 'The master itself: 1 or 0', 'choice', { choices: ['1', '0'], initial: '1' }),
      ...WAIT_FIELDS,
    ],
  },
  switchover: {
    title: 'Switch over',
    what: 'a planned hand-over to a replica that loses no acknowledged write',
    about: ['group', 'master', 'replica'],
    weight: 'grave',
    fields: [field('to', 'Promote', 'replica', { help: 'nobody chosen: whom Sentinel would choose' })],
  },
  'forced-failover': {
    title: 'Force a failover',
    what: 'hands over at once, without a pause: acknowledged writes may be lost',
    about: ['group', 'master'],
    weight: 'grave',
    fields: [],
  },
  'safe-restart': {
    title: 'Restart safely',
    what: 'SHUTDOWN with a dump that lets the node resync partially; a master hands over first',
    about: ['master', 'replica'],
    weight: 'grave',
    namesNode: true,
    fields: [...RESTART_FIELDS],
  },
  'rolling-restart': {
    title: 'Restart the whole group',
    what: 'replicas one by one, leaves first, then a hand-over, the old master last',
    about: ['group'],
    weight: 'grave',
    fields: [
      ...RESTART_FIELDS,
      field('resume', 'Take up the action', 'text', {
        help: 'the id in the journal of a rolling restart that stopped',
      }),
    ],
  },
  flushall: {
    title: 'Empty every database',
    what: 'FLUSHALL: every key of the group is destroyed, on the replicas too',
    about: ['group', 'master'],
    weight: 'grave',
    fields: [...FLUSH_FIELDS],
  },
  flushdb: {
    title: 'Empty one database',
    what: 'FLUSHDB: every key of one database is destroyed, on the replicas too',
    about: ['group', 'master'],
    weight: 'grave',
    fields: [field('db', 'Database', 'number', { initial: '0', required: true }), ...FLUSH_FIELDS],
  },
  'config-set': {
    title: 'Change settings',
    what: 'CONFIG SET with the old value kept, read back, rolled back when it fails',
    about: ['group', 'master', 'replica'],
    weight: 'gentle',
    namesNode: true,
    fields: [SETTINGS, REWRITE],
  },
  bgsave: {
    title: 'Save a snapshot',
    what: 'BGSAVE, waited for',
    about: ['master', 'replica'],
    weight: 'gentle',
    namesNode: true,
    fields: [],
  },
  bgrewriteaof: {
    title: 'Rewrite the append-only file',
    what: 'BGREWRITEAOF, waited for',
    about: ['master', 'replica'],
    weight: 'gentle',
    namesNode: true,
    fields: [],
  },
  replicaof: {
    title: 'Follow another node',
    what: 'REPLICAOF: what the node holds is replaced by what it will follow',
    about: ['replica', 'master'],
    weight: 'grave',
    namesNode: true,
    fields: [field('to', 'Follow', 'server', { required: true }), REWRITE],
  },
  'sentinel-reset': {
    title: 'Forget stale entries',
    what: 'SENTINEL RESET, one Sentinel at a time, live entries back before the next',
    about: ['group', 'sentinel'],
    weight: 'grave',
    fields: [],
  },
  'sentinel-set': {
    title: "Change Sentinel's settings",
    what: 'SENTINEL SET on every Sentinel, read back',
    about: ['group', 'sentinel'],
    weight: 'gentle',
    fields: [{ ...SETTINGS, help: 'one NAME=VALUE a line, for example quorum=2' }],
  },
  ckquorum: {
    title: 'Ask for the quorum',
    what: 'SENTINEL CKQUORUM on every Sentinel',
    about: ['group', 'sentinel'],
    weight: 'test',
    fields: [],
  },
  'client-pause': {
    title: 'Hold writes',
    what: 'CLIENT PAUSE … WRITE on the master, for a few seconds at most',
    about: ['group', 'master'],
    weight: 'gentle',
    fields: [field('ms', 'For, ms', 'number', { initial: '1000', required: true })],
  },
  'client-unpause': {
    title: 'Let writes go on',
    what: 'CLIENT UNPAUSE on the master',
    about: ['group', 'master'],
    weight: 'gentle',
    fields: [],
  },
}

/** The actions that can be planned, with what a page needs to offer them. */
export function actionKinds(planned: readonly ActionName[] = PLANNED_ACTIONS): readonly ActionKind[] {
  return planned.filter((action) => action !== 'undo').map((action) => kindOf(action, WORDS[action]))
}

function kindOf(action: ActionName, words: Words | undefined): ActionKind {
  if (words !== undefined) return { namesNode: false, ...words, action }
  return {
    action,
    title: action,
    what: '',
    about: ['group', 'master', 'replica', 'sentinel'],
    weight: 'grave',
    namesNode: true,
    fields: [{ ...SETTINGS, required: false }],
  }
}
