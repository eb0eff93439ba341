import { hostname } from 'node:os'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { SluiceError } from '@sluice/contract/errors'

/** A folder that this process alone may use, until it lets go or ends. */
export interface FolderLock {
  release(): void
  [Symbol.dispose](): void
}

/**
 * Takes a folder for this process. The lock is one that the operating system holds for a living
 * process and frees by itself at its end, however it ends: neither a file that stayed behind nor a
 * process number used again can fake it. Node has no such lock of its own, SQLite's exclusive one is.
 * @param what the folder's use, for the message, such as `data folder`
 * @throws SluiceError `conflict` when another living process holds it
 */
export function lockFolder(folder: string, what: string = 'data folder'): FolderLock {
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const ownerFile = path.join(folder, 'owner.json')
  const db = new DatabaseSync(path.join(folder, 'lock'), { timeout: 0 })
  try {
    // A journal on disk would outlive a killed process; nothing is ever written here.
    db.exec('pragma journal_mode=off; pragma locking_mode=exclusive; begin exclusive')
  } catch (error) {
    db.close()
    if (!isBusy(error)) throw error
    throw new SluiceError(
      'conflict',
      `The ${what} ${folder} is in use by another Sluice${describeOwner(ownerFile)}. Stop that one, or choose another folder.`,
      {
        cause: error,
      },
    )
  }
  writeFileSync(
    ownerFile,
    JSON.stringify({ pid: process.pid, host: hostname(), since: new Date().toISOString() }),
    { mode: 0o600 },
  )
  let isHeld = true
  const release = (): void => {
    if (!isHeld) return
    isHeld = false
    db.close()
  }
  return { release, [Symbol.dispose]: release }
}

// https://www.sqlite.org/rescode.html: 5 is SQLITE_BUSY, 6 SQLITE_LOCKED.
const isBusy = (error: unknown): boolean =>
  error instanceof Error && 'errcode' in error && (error.errcode === 5 || error.errcode === 6)

// Only for the message: the lock is what counts.
function describeOwner(file: string): string {
  try {
    const owner = JSON.parse(readFileSync(file, 'utf8')) as {
      pid: number
      host: string
      since: string
    }
    return ` (process ${owner.pid} on ${owner.host}, since ${owner.since})`
  } catch {
    return ''
  }
}
