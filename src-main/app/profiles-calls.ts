import type { CallAnswer, CallParams, SavedProfile } from '../contract/calls.ts'
import type { Handlers } from '../contract/server.ts'
import { toContractFailure } from '../contract/to-failure.ts'
import { ok } from '../domain/failure.ts'
import type { Failure } from '../domain/failure.ts'
import type { Profile } from '../storage/profiles-shape.ts'
import type { VaultTrouble } from '../storage/vault-keychain.ts'
import type { ConnectionProfiles } from './profiles.ts'
import { secretsNeeded } from './profiles-target.ts'
import type { Secrets } from './profiles-target.ts'
import { targetFromInput } from './targets/from-input.ts'

/** The calls about saved connections that need no session. */
export function createProfileCalls(
  profiles: ConnectionProfiles,
): Pick<Handlers, 'profiles/list' | 'profiles/save' | 'profiles/remove'> {
  return {
    'profiles/list': async () => {
      const listed = await profiles.list()
      if (listed.ok)
        return ok({ profiles: listed.value.map((profile) => toSavedProfile(profile, profiles)), trouble: null })
      return ok({ profiles: [], trouble: toContractFailure(listed.failure).message })
    },
    'profiles/save': async ({ name, environment, colour, target, replace }) => {
      const parsed = targetFromInput(target)
      if (!parsed.ok)
        return { ok: false, failure: { code: 'bad-target', message: `${parsed.problem}; ${parsed.hint}` } }
      const words = { name: name.trim(), environment, colour, thresholds: {} }
      const saved = await profiles.save(words, parsed.value, { replace, refuseOn: [] })
      if (!saved.ok) return refused(saved.failure)
      const { profile, trouble } = saved.value
      return ok({ profile: toSavedProfile(profile, profiles), notice: noticeOf(trouble) })
    },
    'profiles/remove': async ({ name }) => {
      const removed = await profiles.remove(name)
      if (!removed.ok) return refused(removed.failure)
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
