/**
 * Reads `/proc` to find which processes belong to a command. On systems without `/proc` nothing is found, and the process
 * group is all that can be ended.
 */
import { readdir, readFile } from 'node:fs/promises'

export interface ProcessRow {
  pid: number
  parentPid: number
  groupId: number
  /** Clock ticks after boot; tells a process from a later one with the same id. */
  startTicks: number
  /** Resident memory in pages. */
  residentPages: number
  isZombie: boolean
}

/** All processes that can be seen; empty where there is no `/proc`. */
export async function listProcesses(): Promise<ProcessRow[]> {
  const rows = await Promise.all((await processIds()).map(readRow))
  return rows.filter((row) => row !== undefined)
}

/** One process, or undefined where it is gone. */
export async function readRow(pid: number): Promise<ProcessRow | undefined> {
  const text = await readFile(`/proc/${pid}/stat`, 'utf8').catch(ignoreGone)
  return text === undefined ? undefined : parseStat(text)
}

/** Reads a line of `/proc/PID/stat` (see proc(5)); the name may hold spaces and parentheses. */
export function parseStat(text: string): ProcessRow | undefined {
  const pid = Number.parseInt(text, 10)
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
  const number = (index: number) => Number(fields[index])
  if (!Number.isInteger(pid) || fields.length < 22) return undefined
  return {
    pid,
    isZombie: fields[0] === 'Z' || fields[0] === 'X',
    parentPid: number(1),
    groupId: number(2),
    startTicks: number(19),
    residentPages: number(21),
  }
}

/** A process's children, grandchildren and so on, with how far each is below it. */
export function descendantsOf(
  rows: ProcessRow[],
  pid: number,
): { row: ProcessRow; depth: number }[] {
  const children = new Map<number, ProcessRow[]>()
  for (const row of rows) children.set(row.parentPid, [...(children.get(row.parentPid) ?? []), row])
  const found: { row: ProcessRow; depth: number }[] = []
  const pending = [{ pid, depth: 0 }]
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    for (const row of children.get(next.pid) ?? []) {
      found.push({ row, depth: next.depth + 1 })
      pending.push({ pid: row.pid, depth: next.depth + 1 })
    }
  }
  return found
}

/** Processes started with `NAME=VALUE` in their environment, however they were detached since. Not this process. */
export async function findMarked(name: string, value: string): Promise<number[]> {
  const wanted = Buffer.from(`${name}=${value}\0`)
  const found = await Promise.all(
    (await processIds()).map(async (pid) => {
      if (pid === process.pid) return false
      const environment = await readFile(`/proc/${pid}/environ`).catch(ignoreGone)
      const at = environment?.indexOf(wanted) ?? -1
      return at === 0 || (at > 0 && environment?.[at - 1] === 0) ? pid : false
    }),
  )
  return found.filter((pid) => pid !== false)
}

/** Sends a signal; a process that is gone is no error. Gives whether it was there. */
export function sendSignal(pid: number, signal: NodeJS.Signals): boolean {
  try {
    return process.kill(pid, signal)
  } catch (error) {
    if (
      error instanceof Error &&
      'code' in error &&
      (error.code === 'ESRCH' || error.code === 'EPERM')
    )
      return false
    throw error
  }
}

async function processIds(): Promise<number[]> {
  const names = await readdir('/proc').catch(ignoreGone)
  return (names ?? []).filter((name) => /^\d+$/.test(name)).map(Number)
}

function ignoreGone(error: unknown): undefined {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  // Gone, or another user's: neither can be one of ours to end.
  if (
    code === 'ENOENT' ||
    code === 'ESRCH' ||
    code === 'EACCES' ||
    code === 'EPERM' ||
    code === 'ENOTDIR'
  )
    return undefined
  throw error
}
