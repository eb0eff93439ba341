import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { chown, mkdtemp, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { SluiceError } from '@sluice/contract/errors'
import type { Binaries, Launch } from './launch.ts'
import { stopOrphans } from './orphans.ts'

/** The superuser of the embedded server and the name of our database in it. */
export const superuser = 'sluice'
export const databaseName = 'sluice'

const initTimeoutMs = 120_000

export interface ClusterDeps {
  binaries: Binaries
  launch: Launch
  onLog: (line: string) => void
  /** False where the server itself runs without fsync, as in tests. */
  isDurable: boolean
}

/** The files of one embedded server below its folder. */
export function clusterPaths(folder: string) {
  return {
    data: path.join(folder, 'data'),
    password: path.join(folder, 'password'),
    port: path.join(folder, 'port'),
    log: path.join(folder, 'postgres.log'),
  }
}

/**
 * Makes the data folder where there is none, and gives the superuser's password. What an interrupted
 * first start left is thrown away: nothing was ever stored in it. A `data` folder that is not whole
 * (from a broken copy, say) is set aside under another name, never deleted.
 */
export async function prepareCluster(
  folder: string,
  deps: ClusterDeps,
): Promise<{ password: string }> {
  const paths = clusterPaths(folder)
  await removeUnfinished(folder)
  if (await exists(paths.data)) {
    if (await isWhole(paths.data)) {
      await requireSameVersion(paths.data)
      const password = await readPassword(paths.password)
      if (password) return { password }
      deps.onLog('The database password file is missing; setting a new password')
      return { password: await resetPassword(folder, deps) }
    }
    const aside = `${paths.data}.broken-${new Date().toISOString().replace(/[:.]/g, '-')}`
    await rename(paths.data, aside)
    deps.onLog(
      `The database folder ${paths.data} is not whole; it was set aside as ${aside} and a new one is made`,
    )
  }
  const password = (await readPassword(paths.password)) ?? (await writePassword(paths.password))
  await initialise(folder, password, deps)
  return { password }
}

const unfinishedPrefix = 'data.unfinished-'

/** What initdb of a killed Sluice left, which may even still be at work for a moment. */
async function removeUnfinished(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    if (!name.startsWith(unfinishedPrefix)) continue
    const left = path.join(folder, name)
    await stopOrphans(left)
    await rm(left, { recursive: true, force: true, maxRetries: 10, retryDelay: 50 })
  }
}

async function initialise(
  folder: string,
  password: string,
  { binaries, launch, onLog, isDurable }: ClusterDeps,
): Promise<void> {
  const paths = clusterPaths(folder)
  // Made under a name of its own and renamed when whole, so `data` is never half made.
  const unfinished = await mkdtemp(path.join(folder, unfinishedPrefix))
  // initdb reads the password as the user it runs as, who may not be the owner of the password file.
  const passwordFile = path.join(folder, 'initial-password')
  await writeFile(passwordFile, password, { mode: 0o600 })
  const owner = ownerOf(launch)
  if (owner) {
    await chown(unfinished, owner.uid, owner.gid)
    await chown(passwordFile, owner.uid, owner.gid)
  }
  try {
    await runProgram(launch, binaries.initdb, [
      `--pgdata=${unfinished}`,
      `--username=${superuser}`,
      `--pwfile=${passwordFile}`,
      '--auth=scram-sha-256',
      '--encoding=UTF8',
      // The same order of text on every machine.
      '--locale=C',
      '--locale-provider=builtin',
      '--builtin-locale=C.UTF-8',
      '--no-instructions',
      ...(isDurable ? [] : ['--no-sync']),
    ])
  } finally {
    await rm(passwordFile, { force: true })
  }
  await rename(unfinished, paths.data)
  onLog(`Made a new database in ${paths.data}`)
}

/** Whose the data must be: what setpriv is told, or the plain user and group. */
function ownerOf({ uid, gid, prefix }: Launch): { uid: number; gid: number } | undefined {
  if (uid !== undefined && gid !== undefined) return { uid, gid }
  const told = (option: string) =>
    Number(prefix.find((word) => word.startsWith(`--${option}=`))?.split('=')[1])
  return prefix.length > 0 ? { uid: told('reuid'), gid: told('regid') } : undefined
}

async function resetPassword(folder: string, { binaries, launch }: ClusterDeps): Promise<string> {
  const paths = clusterPaths(folder)
  const password = randomBytes(24).toString('base64url')
  await runProgram(
    launch,
    binaries.postgres,
    ['--single', '-D', paths.data, 'postgres'],
    `alter role ${superuser} password '${password}'\n`,
  )
  return writePassword(paths.password, password)
}

async function writePassword(
  file: string,
  password: string = randomBytes(24).toString('base64url'),
): Promise<string> {
  // Renamed into place, so that a crash leaves no empty file.
  await writeFile(`${file}.new`, password, { mode: 0o600 })
  await rename(`${file}.new`, file)
  return password
}

const readPassword = async (file: string): Promise<string | undefined> =>
  (await readFile(file, 'utf8').catch(() => '')).trim() || undefined

async function isWhole(dataFolder: string): Promise<boolean> {
  const parts = ['PG_VERSION', 'global/pg_control', 'postgresql.conf', 'pg_wal', 'base']
  return (await Promise.all(parts.map((part) => exists(path.join(dataFolder, part))))).every(
    Boolean,
  )
}

const exists = (file: string): Promise<boolean> =>
  stat(file).then(
    () => true,
    (error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return false
      throw error
    },
  )

const binariesVersion = '18'

async function requireSameVersion(dataFolder: string): Promise<void> {
  const version = (await readFile(path.join(dataFolder, 'PG_VERSION'), 'utf8')).trim()
  if (version === binariesVersion) return
  throw new SluiceError(
    'unprocessable',
    `The database in ${dataFolder} was made by Postgres ${version}, this Sluice brings ${binariesVersion}. Move the data over with pg_dump and psql.`,
  )
}

async function runProgram(
  launch: Launch,
  program: string,
  args: string[],
  input = '',
): Promise<void> {
  const [command, ...words] = [...launch.prefix, program, ...args]
  const child = spawn(command!, words, {
    cwd: '/',
    env: programEnvironment,
    stdio: ['pipe', 'pipe', 'pipe'],
    timeout: initTimeoutMs,
    ...(launch.uid === undefined ? {} : { uid: launch.uid, gid: launch.gid! }),
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => (output = (output + chunk.toString()).slice(-4_000)))
  child.stdin.on('error', () => undefined) // a program that ended early says why in its output
  child.stdin.end(input)
  await new Promise<void>((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code, signal) => {
      if (code === 0) resolve()
      else
        reject(
          new SluiceError(
            'unprocessable',
            `${path.basename(program)} failed (${signal ?? `exit ${code}`}): ${output.trim() || 'without a word'}`,
          ),
        )
    })
  })
}

/** What Postgres programs get of the environment: nothing of ours, and messages in English. */
export const programEnvironment: NodeJS.ProcessEnv = {
  LC_ALL: 'C',
  TZ: 'UTC',
  PATH: '/usr/local/bin:/usr/bin:/bin',
}
