import { execFile } from 'node:child_process'
import { readdir, readFile, readlink, realpath, rm } from 'node:fs/promises'
import path from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** What Postgres writes about itself into its data folder. */
export interface PostmasterFile {
  pid: number
  /** `starting`, `ready`, `standby` or `stopping`; empty while the file is being written. */
  status: string
}

/** Reads `postmaster.pid` (its lines: pid, folder, start, port, socket folder, address, memory, status). */
export async function readPostmasterFile(dataFolder: string): Promise<PostmasterFile | undefined> {
  const text = await readFile(path.join(dataFolder, 'postmaster.pid'), 'utf8').catch(() => '')
  const lines = text.split('\n')
  const pid = Number(lines[0])
  return Number.isInteger(pid) && pid > 0 ? { pid, status: (lines[7] ?? '').trim() } : undefined
}

/**
 * Stops what a killed Sluice left running on a data folder, and clears its `postmaster.pid`, which may
 * name a process number that something else uses by now. Only call this with the folder's lock held.
 * @returns how many processes were stopped
 */
export async function stopOrphans(dataFolder: string): Promise<number> {
  const folder = await realpath(dataFolder)
  const stopped = new Set<number>()
  const file = await readPostmasterFile(dataFolder)
  if (file && (await isPostgresOn(file.pid, folder))) {
    stopped.add(file.pid)
    await stopProcess(file.pid, folder)
  }
  // Server processes whose postmaster was killed notice it at their next wait, which a long statement delays.
  for (const pid of await listPostgresOn(folder)) {
    stopped.add(pid)
    await stopProcess(pid, folder)
  }
  await rm(path.join(dataFolder, 'postmaster.pid'), { force: true })
  return stopped.size
}

// In the order of the harm they do: fast shutdown, crash at once, no say.
const steps = [
  { name: 'SIGINT', waitMs: 10_000 },
  { name: 'SIGQUIT', waitMs: 3_000 },
  { name: 'SIGKILL', waitMs: 3_000 },
] as const

async function stopProcess(pid: number, folder: string): Promise<void> {
  for (const { name, waitMs } of steps) {
    try {
      process.kill(pid, name)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ESRCH') return
      throw error
    }
    const until = Date.now() + waitMs
    while (Date.now() < until) {
      if (!(await isPostgresOn(pid, folder))) return
      await delay(10)
    }
  }
  throw new Error(`The Postgres process ${pid} on ${folder} does not end`)
}

/** Whether a process is a Postgres that works in this data folder, and not one that was given its number later. */
async function isPostgresOn(pid: number, folder: string): Promise<boolean> {
  if (process.platform === 'linux') {
    // Postgres makes its data folder the working folder of all its processes.
    const [cwd, name] = await Promise.all([
      readlink(`/proc/${pid}/cwd`).catch(() => ''),
      readFile(`/proc/${pid}/comm`, 'utf8').catch(() => ''),
    ])
    return cwd === folder && name.trim() === 'postgres'
  }
  const { stdout } = await run('ps', ['-p', String(pid), '-o', 'command='], {
    timeout: 5_000,
  }).catch(() => ({ stdout: '' }))
  return /postgres/.test(stdout) && stdout.includes(folder)
}

async function listPostgresOn(folder: string): Promise<number[]> {
  if (process.platform !== 'linux') return []
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number)
  const matches = await Promise.all(pids.map((pid) => isPostgresOn(pid, folder)))
  return pids.filter((_pid, index) => matches[index])
}
