import { readFile } from 'node:fs/promises'
import { flushCompileCache } from 'node:module'
import { parseArgs } from 'node:util'
import { SluiceError } from '@sluice/contract/errors'
import type { Logger } from 'pino'
import { setUpUnattended } from './first-start.ts'
import {
  readProcessSettings,
  roleNames,
  SettingsError,
  type RoleName,
  type Settings,
} from './env.ts'
import { startHousekeeping } from './housekeeping.ts'
import { listen } from './listen.ts'
import { createLog } from './log.ts'
import { findWeb } from './web-build.ts'
import { publicUrlOf, wire, type Wired } from './wire.ts'

/** How long open steps may take to end after SIGTERM before they are cut and left for takeover. */
const drainMs = 20_000

const usage = `Usage: pnpm start [--roles api,gateway,worker] [--no-page] [--ready-json] [--end-with-input]

  --roles           what this process does (default: all)
  --no-page         serve the API alone, without building the page
  --ready-json      print one line of JSON on standard output when the server answers
  --end-with-input  stop when standard input ends, as it does with the program that holds it
Every setting is an environment variable; docs/configuration.md lists them.
`

interface Arguments {
  settings: Settings
  readyJson: boolean
  withPage: boolean
  endsWithInput: boolean
}

function readArguments(settings: Settings): Arguments | undefined {
  const { values } = parseArgs({
    options: {
      roles: { type: 'string' },
      'no-page': { type: 'boolean', default: false },
      'ready-json': { type: 'boolean', default: false },
      'end-with-input': { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  })
  if (values.help) return undefined
  const roles = values.roles?.split(',').map((role) => role.trim())
  const wrong = roles?.find((role) => !roleNames.includes(role as RoleName))
  if (wrong !== undefined)
    throw new SettingsError(`There is no role "${wrong}". The roles are ${roleNames.join(', ')}.`)
  return {
    readyJson: values['ready-json'],
    withPage: !values['no-page'],
    endsWithInput: values['end-with-input'],
    settings: {
      ...settings,
      SLUICE_ROLES: (roles as RoleName[] | undefined) ?? settings.SLUICE_ROLES,
    },
  }
}

async function main(): Promise<void> {
  const { settings: fromEnvironment, unknown } = readProcessSettings()
  const given = readArguments(fromEnvironment)
  if (given === undefined) {
    process.stdout.write(usage)
    return
  }
  const { settings, readyJson, withPage, endsWithInput } = given
  const log = createLog(settings)
  if (unknown.length > 0) log.warn({ unknown }, 'these variables are not known; are they misspelt?')
  const { version } = JSON.parse(
    await readFile(new URL('../package.json', import.meta.url), 'utf8'),
  ) as { version: string }
  const roles = new Set(settings.SLUICE_ROLES)
  const webFolder = withPage && roles.has('api') ? await findWeb(log) : undefined
  const wired = await wire(settings, log, version)
  try {
    await serve({ settings, log, wired, webFolder, readyJson, endsWithInput })
  } catch (error) {
    // A database of our own must not be left running by a server that does not start.
    await wired.stop(0)
    throw error
  }
}

interface Serving {
  settings: Settings
  log: Logger
  wired: Wired
  webFolder: string | undefined
  readyJson: boolean
  endsWithInput: boolean
}

/** Opens the doors, and says so once a signal would close them in good order. */
async function serve(serving: Serving): Promise<void> {
  const { settings, log, wired, webFolder, readyJson, endsWithInput } = serving
  const { server } = wired
  const roles = new Set(settings.SLUICE_ROLES)
  await setUpUnattended(server)
  const hasHttp = roles.has('api') || roles.has('gateway')
  const listening = hasHttp
    ? await listen(
        { ...server, webFolder },
        { api: roles.has('api'), gateway: roles.has('gateway') },
      )
    : undefined
  const housekeeping = roles.has('worker')
    ? startHousekeeping(server.core, { keepRunsDays: settings.SLUICE_KEEP_RUNS_DAYS })
    : undefined

  const end = async (reason: string) => {
    log.info({ reason }, 'stopping: open steps may end, everything else is kept for the next start')
    const closing = listening?.close()
    await housekeeping?.stop()
    await wired.stop(drainMs)
    await closing
    log.info({}, 'stopped')
    process.exit(0)
  }
  let ending: Promise<void> | undefined
  const stop = (reason: string): void => {
    ending ??= end(reason).catch((error: unknown) => {
      log.error({ err: error }, 'the stop failed')
      process.exit(1)
    })
  }
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => stop(signal))
  if (endsWithInput) {
    const ended = () => stop('standard input ended')
    process.stdin.once('end', ended).once('error', ended).resume()
  }

  const url =
    listening === undefined ? '' : publicUrlOf({ ...settings, SLUICE_PORT: listening.port })
  log.info(
    { url, roles: [...roles], data: settings.dataFolder },
    listening === undefined ? 'worker runs' : `Sluice is ready at ${url}`,
  )
  if (readyJson) process.stdout.write(`${JSON.stringify({ ready: true, url })}\n`)
  // Node would write it as it ends, and a server that is killed never comes to that.
  flushCompileCache()
}

main().catch((error: unknown) => {
  // Expected failures say what to do; anything else needs its stack.
  const isExpected = error instanceof SettingsError || error instanceof SluiceError
  process.stderr.write(
    `${isExpected ? error.message : error instanceof Error ? error.stack : String(error)}\n`,
  )
  process.exit(1)
})
