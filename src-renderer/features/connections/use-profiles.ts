import { onScopeDispose, shallowRef } from 'vue'
import type { CallResult, SavedProfile } from '../../../src-main/contract/calls.ts'
import type { ImportReport, ProfilePart } from '../../../src-main/contract/profile.ts'
import { useClient } from '../../stores/client.ts'
import { saveText } from '../../ui/save-text.ts'
import { formOfTarget, toTargetInput, type ConnectForm } from './connect-form.ts'

export const PROFILE_ENVIRONMENTS = ['production', 'staging', 'development', 'lab'] as const
export const PROFILE_COLOURS = ['red', 'orange', 'yellow', 'green', 'teal', 'blue', 'purple', 'grey'] as const

/** What is said about a connection that is to be saved, beside what the form holds; a value, replaced whole. */
export interface ProfileDraft {
  readonly name: string
  /** Null: lab for a lab of this machine, else production. */
  readonly environment: (typeof PROFILE_ENVIRONMENTS)[number] | null
  readonly colour: (typeof PROFILE_COLOURS)[number] | null
  /** Only those that differ from the defaults. */
  readonly thresholds: Readonly<Record<string, number>>
  /** The profile that is edited, by the name it has; null: a new one. */
  readonly edits: string | null
  /** What the edited profile has that does not come into the form. */
  readonly kept: CallResult<'profiles/show'>['kept']
  /** Of those, what is to stay. */
  readonly keep: readonly ProfilePart[]
}

export const NEW_DRAFT: ProfileDraft = {
  name: '',
  environment: 'production',
  colour: null,
  thresholds: {},
  edits: null,
  kept: [],
  keep: [],
}

/** A file of profiles as somebody chose it. */
export interface ChosenFile {
  readonly name: string
  readonly text: string
}

/** What a page sends of a file at most. */
const MAX_FILE_CHARS = 1_000_000

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
  const draft = shallowRef<ProfileDraft>(NEW_DRAFT)
  /** What became of the file that was read last. */
  const imported = shallowRef<{ readonly file: string; readonly report: ImportReport } | null>(null)
  const stop = client.on('profiles/changed', () => void load())
  onScopeDispose(stop)

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

  async function save(form: ConnectForm, replace: boolean): Promise<void> {
    if (busy.value !== 'idle') return
    busy.value = 'saving'
    forget()
    const { name: typed, environment, colour, thresholds, edits, keep } = draft.value
    const name = typed.trim()
    const answer = await client.call('profiles/save', {
      ...{ name, environment, colour, thresholds: { ...thresholds }, replace },
      target: toTargetInput(form),
      edit: edits === null ? null : { name: edits, keep: [...keep] },
    })
    busy.value = 'idle'
    if (!answer.ok) {
      saveFailure.value = answer.failure.message
      isTaken.value =
        answer.failure.code === 'refused-by-guard' &&
        name !== edits &&
        profiles.value.some((profile) => profile.name === name)
      return
    }
    saved.value = answer.value.profile.name
    notice.value = answer.value.notice
    await load()
    if (edits !== null) await show(saved.value)
  }

  /** Takes a profile into the draft; answers with what the form is to hold, null when it cannot be shown. */
  async function edit(name: string): Promise<ConnectForm | null> {
    forget()
    return show(name)
  }

  async function show(name: string): Promise<ConnectForm | null> {
    const answer = await client.call('profiles/show', { name })
    failure.value = answer.ok ? null : answer.failure.message
    if (!answer.ok) return null
    const { profile, target, kept, thresholds } = answer.value
    const { environment, colour } = profile
    const keep = kept.map(({ part }) => part)
    draft.value = { name: profile.name, environment, colour, thresholds, edits: profile.name, kept, keep }
    return formOfTarget(target)
  }

  function stopEditing(): void {
    forget()
    draft.value = NEW_DRAFT
  }

  function forget(): void {
    saveFailure.value = null
    saved.value = null
    notice.value = null
    isTaken.value = false
  }

  async function exportAll(): Promise<void> {
    const answer = await client.call('profiles/export', {})
    failure.value = answer.ok ? null : answer.failure.message
    if (answer.ok) saveText(answer.value.fileName, answer.value.mediaType, answer.value.text)
  }

  async function importFile({ name, text }: ChosenFile, replace: boolean): Promise<void> {
    imported.value = null
    failure.value = null
    if (text.length > MAX_FILE_CHARS) {
      failure.value = `${name}: larger than 1 MB; nothing was taken`
      return
    }
    const answer = await client.call('profiles/import', { text, replace })
    if (answer.ok) imported.value = { file: name, report: answer.value }
    else failure.value = `${name}: ${answer.failure.message}`
    await load()
  }

  async function remove(name: string): Promise<void> {
    failure.value = null
    const answer = await client.call('profiles/remove', { name })
    if (answer.ok) notice.value = answer.value.notice
    else failure.value = answer.failure.message
    if (answer.ok && draft.value.edits === name) stopEditing()
    await load()
  }

  return {
    ...{ profiles, trouble, busy, failure, saveFailure, isTaken, saved, notice, asking, draft, imported },
    ...{ load, open, save, edit, stopEditing, remove, exportAll, importFile },
  }
}
