import { shallowRef } from 'vue'
import type { SavedProfile } from '../../../src-main/contract/calls.ts'
import { useClient } from '../../stores/client.ts'
import { toTargetInput, type ConnectForm } from './connect-form.ts'

export const PROFILE_ENVIRONMENTS = ['production', 'staging', 'development', 'lab'] as const
export const PROFILE_COLOURS = ['red', 'orange', 'yellow', 'green', 'teal', 'blue', 'purple', 'grey'] as const

/** What is said about a connection that is to be saved. */
export interface ProfileWords {
  readonly name: string
  readonly environment: (typeof PROFILE_ENVIRONMENTS)[number]
  readonly colour: (typeof PROFILE_COLOURS)[number] | null
}

/** Passwords for a profile that does not have them; typed, sent, and gone. */
export interface GivenPasswords {
  readonly password: string
  readonly sentinelPassword: string
}

/** Saved connections: what the host has, and what became of what was asked last. */
export function useProfiles(opened: (session: string) => void) {
  const client = useClient()
  const profiles = shallowRef<readonly SavedProfile[]>([])
  /** The file cannot be used: why, and where it is kept. */
  const trouble = shallowRef<string | null>(null)
  const busy = shallowRef<'idle' | 'opening' | 'saving'>('idle')
  /** Of the list: opening and removing. */
  const failure = shallowRef<string | null>(null)
  const saveFailure = shallowRef<string | null>(null)
  /** A profile of that name is there already. */
  const isTaken = shallowRef(false)
  const saved = shallowRef<string | null>(null)
  /** Something that must be known, though it is no failure: no keychain. */
  const notice = shallowRef<string | null>(null)
  /** The profile whose passwords are asked for. */
  const asking = shallowRef<string | null>(null)

  async function load(): Promise<void> {
    const answer = await client.call('profiles/list', {})
    if (!answer.ok) return
    profiles.value = answer.value.profiles
    trouble.value = answer.value.trouble
  }

  /** Asks for what is missing first; with `given` it connects. */
  async function open(profile: SavedProfile, given?: GivenPasswords): Promise<void> {
    if (busy.value !== 'idle') return
    failure.value = null
    if (given === undefined && profile.toBeGiven.length > 0) {
      asking.value = profile.name
      return
    }
    busy.value = 'opening'
    const answer = await client.call('profiles/open', {
      name: profile.name,
      password: given === undefined || given.password === '' ? null : given.password,
      sentinelPassword: given === undefined || given.sentinelPassword === '' ? null : given.sentinelPassword,
    })
    busy.value = 'idle'
    if (answer.ok) {
      asking.value = null
      opened(answer.value.session)
      return
    }
    failure.value = answer.failure.message
    if (answer.failure.code === 'vault-unavailable') asking.value = profile.name
  }

  async function save(words: ProfileWords, form: ConnectForm, replace: boolean): Promise<void> {
    if (busy.value !== 'idle') return
    busy.value = 'saving'
    saveFailure.value = null
    saved.value = null
    notice.value = null
    isTaken.value = false
    const answer = await client.call('profiles/save', {
      ...words,
      target: toTargetInput(form),
      thresholds: {},
      replace,
      edit: null,
    })
    busy.value = 'idle'
    if (!answer.ok) {
      saveFailure.value = answer.failure.message
      isTaken.value =
        answer.failure.code === 'refused-by-guard' && profiles.value.some(({ name }) => name === words.name)
      return
    }
    saved.value = answer.value.profile.name
    notice.value = answer.value.notice
    await load()
  }

  async function remove(name: string): Promise<void> {
    failure.value = null
    const answer = await client.call('profiles/remove', { name })
    if (answer.ok) notice.value = answer.value.notice
    else failure.value = answer.failure.message
    await load()
  }

  return { profiles, trouble, busy, failure, saveFailure, isTaken, saved, notice, asking, load, open, save, remove }
}
