import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { spawnServer } from '@sluice/server/testing/child-server'

const credentials = { email: 'bench@example.com', password: 'bench-password-1' }

/** A real server as a child process, with a session signed in. */
export type ServerProcess = {
  url: string
  /** Milliseconds from the launch to the first answer. */
  startMs: number
  /** Headers of the person who is signed in. */
  headers: Record<string, string>
  /** Memory of the server and all its children in MB, shared pages counted once (PSS). */
  memoryMegabytes: () => number
  stop: () => Promise<void>
}

/** Starts the server on a data folder; the second start on the same one is that of an installed server. */
export async function startServerProcess(
  dataFolder: string,
  environment: Record<string, string> = {},
): Promise<ServerProcess> {
  const startedAt = performance.now()
  const server = spawnServer({
    PATH: process.env['PATH'],
    HOME: process.env['HOME'],
    SLUICE_DATA: dataFolder,
    SLUICE_PORT: '0',
    SLUICE_LOG_LEVEL: 'error',
    SLUICE_OWNER_EMAIL: credentials.email,
    SLUICE_OWNER_PASSWORD: credentials.password,
    ...environment,
  })
  const url = await server.ready
  const startMs = performance.now() - startedAt
  return {
    url,
    startMs,
    headers: { cookie: await signIn(url), origin: url },
    memoryMegabytes: () =>
      familyOf(server.pid).reduce((total, pid) => total + pssKilobytes(pid), 0) / 1024,
    async stop() {
      server.kill('SIGTERM')
      await server.ended
    },
  }
}

async function signIn(url: string): Promise<string> {
  const response = await fetch(`${url}/api/auth/sign-in/email`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', origin: url },
    body: JSON.stringify(credentials),
  })
  const cookie = response.headers.get('set-cookie')?.split(';')[0]
  if (!response.ok || cookie === undefined) throw new Error(`sign-in answered ${response.status}`)
  return cookie
}

function familyOf(root: number): number[] {
  const rows = execFileSync('ps', ['-eo', 'pid=,ppid='], { encoding: 'utf8' })
    .trim()
    .split('\n')
    .map((line) => line.trim().split(/\s+/).map(Number) as [number, number])
  const family = [root]
  for (const parent of family)
    family.push(...rows.filter(([, ppid]) => ppid === parent).map(([pid]) => pid))
  return family
}

/** Proportional set size of one process; Linux only. */
function pssKilobytes(pid: number): number {
  try {
    return Number(
      /^Pss:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'))?.[1] ?? 0,
    )
  } catch (error) {
    // It ended between the listing and the reading.
    if (
      (error as NodeJS.ErrnoException).code === 'ENOENT' ||
      (error as NodeJS.ErrnoException).code === 'ESRCH'
    )
      return 0
    throw error
  }
}
