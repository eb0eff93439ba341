import { homedir } from 'node:os'
import { join } from 'node:path'

type Variables = Readonly<Record<string, string | undefined>>

/** What the environment says to the command line. */
export interface Environment {
  /** SLUICE_URL: the server to talk to. */
  url: string | undefined
  /** SLUICE_KEY: the API key. */
  key: string | undefined
  /** Where `sluice login` keeps address and key. */
  configFile: string
  /** NO_COLOR, FORCE_COLOR and TERM, as https://no-color.org and Node read them; undefined: as the terminal is. */
  colour: boolean | undefined
}

const given = (value: string | undefined): string | undefined => (value === '' ? undefined : value)

/** Reads the settings of the command line from a record of variables. */
export function environmentFrom(variables: Variables): Environment {
  const config =
    given(variables['XDG_CONFIG_HOME']) ?? join(given(variables['HOME']) ?? homedir(), '.config')
  const isForced = variables['FORCE_COLOR'] !== undefined && variables['FORCE_COLOR'] !== '0'
  const isRefused = given(variables['NO_COLOR']) !== undefined || variables['TERM'] === 'dumb'
  return {
    url: given(variables['SLUICE_URL']),
    key: given(variables['SLUICE_KEY']),
    configFile: join(config, 'sluice', 'cli.json'),
    colour: isForced ? true : isRefused ? false : undefined,
  }
}

/** The environment of this process. This file alone reads `process.env`. */
export function readEnvironment(): Environment {
  return environmentFrom(process.env)
}

// A pace for recordings and the level of the log change what is shown, not what is done.
const passedToServer = new Set(['SLUICE_RECORDING_PACE', 'SLUICE_LOG_LEVEL'])
const ofAnInstallation = /^(SLUICE_|GIT_)|^DATABASE_URL$|_(API_KEY|BASE_URL)$/

/**
 * The environment for a server of our own: the caller's, without what belongs to the caller's
 * installation (its database, its keys, where git should look), with `settings` on top.
 */
export function serverEnvironment(
  settings: Readonly<Record<string, string>>,
  variables: Variables = process.env,
): Record<string, string> {
  const kept = Object.entries(variables).filter(
    (entry): entry is [string, string] =>
      entry[1] !== undefined && (passedToServer.has(entry[0]) || !ofAnInstallation.test(entry[0])),
  )
  return { ...Object.fromEntries(kept), ...settings }
}
