import { randomBytes } from 'node:crypto'
import { mkdir, open, readFile, rename, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import { CommandError, exitCode } from './exit-code.ts'

/** What `sluice login` keeps. */
export interface StoredLogin {
  url: string
  key: string
}

/** @throws CommandError where the file cannot be read or is not ours */
export async function readLogin(file: string): Promise<StoredLogin | undefined> {
  let text: string
  try {
    text = await readFile(file, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw new CommandError('config', exitCode.failed, `${file} cannot be read.`, { cause: error })
  }
  const login = parse(text)
  if (login === undefined) {
    throw new CommandError(
      'config',
      exitCode.failed,
      `${file} is not a file of sluice login. Run \`sluice login\` to write it anew.`,
    )
  }
  return login
}

function parse(text: string): StoredLogin | undefined {
  try {
    const value = JSON.parse(text) as Partial<StoredLogin> | null
    return typeof value?.url === 'string' && typeof value.key === 'string'
      ? { url: value.url, key: value.key }
      : undefined
  } catch {
    return undefined
  }
}

/**
 * Writes the login so that only its owner can read it, whatever the umask and whatever stood
 * there before, and never half of it.
 */
export async function writeLogin(file: string, login: StoredLogin): Promise<void> {
  await mkdir(dirname(file), { recursive: true, mode: 0o700 })
  const draft = `${file}.${randomBytes(6).toString('hex')}`
  try {
    const handle = await open(draft, 'wx', 0o600)
    try {
      await handle.writeFile(`${JSON.stringify(login, undefined, 2)}\n`)
      await handle.chmod(0o600)
    } finally {
      await handle.close()
    }
    await rename(draft, file)
  } catch (error) {
    await rm(draft, { force: true })
    throw error
  }
}

/** @returns whether there was one */
export async function removeLogin(file: string): Promise<boolean> {
  try {
    await rm(file)
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false
    throw error
  }
}
