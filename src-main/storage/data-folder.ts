import { join } from 'node:path'

/**
 * Where everything of ours lives: `$REPLISCOPE_HOME`, else the platform's data folder plus `repliscope`. The same for every
 * host. Nothing is created here.
 */
export function dataFolder(env: Readonly<Record<string, string | undefined>>, platform: string, home: string): string {
  // An empty variable counts as unset, as the XDG specification says.
  const own = env['REPLISCOPE_HOME']
  if (own !== undefined && own !== '') return own
  return join(platformFolder(env, platform, home), 'repliscope')
}

function platformFolder(env: Readonly<Record<string, string | undefined>>, platform: string, home: string): string {
  if (platform === 'darwin') return join(home, 'Library', 'Application Support')
  if (platform === 'win32') return env['APPDATA'] || join(home, 'AppData', 'Roaming')
  return env['XDG_DATA_HOME'] || join(home, '.local', 'share')
}
