import { useRouter } from 'vue-router'
import type { JournalStory } from '../../../src-main/contract/actions.ts'
import { useActionsStore } from '../../stores/actions.ts'
import { useDeploymentStore } from '../../stores/deployment.ts'
import { useAct } from './use-act.ts'

/** An action that can be taken up where it stopped: nodes that it has dealt with are left out of the new plan. */
export function canBeTakenUp({ action, state }: Pick<JournalStory, 'action' | 'state'>): boolean {
  return action === 'rolling-restart' && (state === 'stopped' || state === 'failed' || state === 'unfinished')
}

/** A change of settings that succeeded: the values before it are in the journal. */
export function canBeSetBack({ action, state }: Pick<JournalStory, 'action' | 'state'>): boolean {
  return action === 'config-set' && state === 'succeeded'
}

/** What names an action of the journal, and the session that looks at its servers. */
type StoryName = Pick<JournalStory, 'id' | 'action' | 'group' | 'session'>

/** What can be done about an action of the journal. Each opens the wizard on the deployment that has its servers. */
export function useStories(): {
  /** A plan of all that the action left to be taken back. */
  readonly takeBack: (story: StoryName) => Promise<void>
  /** The form for a new plan of the rest; only read until it is confirmed. */
  readonly takeUp: (story: StoryName) => Promise<void>
  /** A plan of the values that a change of settings found, on the nodes that it changed. */
  readonly setBack: (story: StoryName) => Promise<void>
} {
  const store = useActionsStore()
  const deployment = useDeploymentStore()
  const router = useRouter()
  const { act } = useAct()

  /** The wizard is about the deployment in view, so that one comes into view first. */
  async function bringInView({ id, session }: StoryName): Promise<boolean> {
    if (session === null) return false
    if (session !== deployment.activeSession) {
      await router.push({ name: 'journal', params: { session }, query: { entry: id } })
      await deployment.open(session)
    }
    return deployment.activeSession === session
  }

  return {
    takeBack: async (story) => {
      if (await bringInView(story)) await store.planUndo(story)
    },
    takeUp: async (story) => {
      if (!(await bringInView(story))) return
      await store.loadKinds()
      const kind = store.kindOf(story.action)
      if (kind !== null) act(kind, { kind: 'group', id: story.group, group: story.group }, { resume: story.id })
    },
    setBack: async (story) => {
      if (!(await bringInView(story))) return
      const { id, action, group } = story
      store.start({
        title: 'Set back',
        what: `the values from before ${action} ${id}, each on the node that had it`,
        ...{ group, kind: null, subject: null, values: {} },
      })
      await store.plan({ action, group, node: null, to: null, settings: { restore: id } })
    },
  }
}
