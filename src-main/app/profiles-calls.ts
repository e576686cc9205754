import type { CallAnswer, CallName, CallParams, SavedProfile } from '../contract/calls.ts'
import type { Handlers, Page } from '../contract/server.ts'
import { toContractFailure } from '../contract/to-failure.ts'
import { ok } from '../domain/failure.ts'
import type { Failure } from '../domain/failure.ts'
import type { Profile } from '../storage/profiles-shape.ts'
import type { VaultTrouble } from '../storage/vault-keychain.ts'
import type { ConnectionProfiles } from './profiles.ts'
import { formOf } from './profiles-edit.ts'
import { secretsNeeded } from './profiles-target.ts'
import type { Secrets } from './profiles-target.ts'
import { targetFromInput } from './targets/from-input.ts'

/** The calls about saved connections that need no session. */
export function createProfileCalls(
  profiles: ConnectionProfiles,
): Omit<Pick<Handlers, Extract<CallName, `profiles/${string}`>>, 'profiles/open'> {
  /** Pages that have seen the list: they are told when another changes it. */
  const readers = new Set<Page>()
  const tellOthers = (changer: Page): void => {
    for (const page of readers) if (page !== changer) page.emit('profiles/changed', {})
  }

  return {
    'profiles/list': async (_params, { page }) => {
      if (!readers.has(page)) {
        readers.add(page)
        page.onGone(() => readers.delete(page))
      }
      const listed = await profiles.list()
      if (listed.ok)
        return ok({ profiles: listed.value.map((profile) => toSavedProfile(profile, profiles)), trouble: null })
      return ok({ profiles: [], trouble: toContractFailure(listed.failure).message })
    },
    'profiles/show': async ({ name }) => {
      const found = await profiles.find(name)
      if (!found.ok) return refused(found.failure)
      return ok({ profile: toSavedProfile(found.value, profiles), ...formOf(found.value) })
    },
    'profiles/export': async () => {
      const exported = await profiles.export()
      if (!exported.ok) return refused(exported.failure)
      return ok({
        fileName: 'repliscope-profiles.json',
        mediaType: 'application/json',
        text: `${JSON.stringify(exported.value, null, 2)}\n`,
      })
    },
    'profiles/import': async ({ text, replace }, { page }) => {
      const value = parsedJson(text)
      if (value === undefined) return refused({ kind: 'storage', detail: 'the file is not JSON; nothing was taken' })
      const report = await profiles.importEach(value, replace)
      if (!report.ok) return refused(report.failure)
      tellOthers(page)
      return report
    },
    'profiles/save': async ({ name, environment, colour, target, thresholds, replace, edit }, { page }) => {
      const parsed = targetFromInput(target)
      if (!parsed.ok)
        return { ok: false, failure: { code: 'bad-target', message: `${parsed.problem}; ${parsed.hint}` } }
      const words = { name: name.trim(), environment, colour, thresholds }
      const saved = await profiles.save(words, parsed.value, { replace, refuseOn: [], edit: edit ?? undefined })
      if (!saved.ok) return refused(saved.failure)
      tellOthers(page)
      const { profile, trouble } = saved.value
      return ok({ profile: toSavedProfile(profile, profiles), notice: noticeOf(trouble) })
    },
    'profiles/remove': async ({ name }, { page }) => {
      const removed = await profiles.remove(name)
      if (!removed.ok) return refused(removed.failure)
      tellOthers(page)
      const { trouble } = removed.value
      return ok({
        notice:
          trouble === undefined
            ? null
            : `Removed, but what the keychain holds of it is still there: ${trouble.detail}.`,
      })
    },
  }
}

function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown
  } catch {
    return undefined
  }
}

/** The secrets that a page gives with a call. */
export function secretsOf({ password, sentinelPassword }: CallParams<'profiles/open'>): Secrets {
  return {
    ...(password === null || password === '' ? {} : { password }),
    ...(sentinelPassword === null || sentinelPassword === '' ? {} : { 'sentinel-password': sentinelPassword }),
  }
}

function toSavedProfile(profile: Profile, profiles: ConnectionProfiles): SavedProfile {
  const { name, environment, colour, group, sentinels, nodes, addresses, tls, sentinelTls } = profile
  const toBeGiven = profiles.toBeGiven(profile)
  return {
    name,
    environment,
    colour,
    group,
    addresses: [...sentinels, ...nodes, ...addresses],
    usesTls: tls !== null || sentinelTls !== null,
    insecureTls: tls?.insecure === true || sentinelTls?.insecure === true,
    hasSecrets: secretsNeeded(profile).length > 0,
    toBeGiven: [...toBeGiven],
  }
}

function noticeOf(trouble: VaultTrouble | undefined): string | null {
  if (trouble === undefined) return null
  return `The password is not in a keychain: it stays in memory until Repliscope ends, and is asked for again then. Reason: ${trouble.detail}.`
}

function refused(of: Failure): Extract<CallAnswer<'profiles/remove'>, { readonly ok: false }> {
  return { ok: false, failure: toContractFailure(of) }
}
