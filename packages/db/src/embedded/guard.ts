import { spawn } from 'node:child_process'
import { programEnvironment } from './cluster.ts'
import type { Launch } from './launch.ts'

// `read` returns at the end of the pipe, which comes with the end of the process that holds it.
const script = 'read -r line; kill -INT "$1"'

/**
 * Lets a server end with us even where we are killed: a shell waits at a pipe that we alone hold,
 * and tells the server to shut down when the pipe ends. Where it cannot, because it was killed as
 * well, the next start stops the server.
 * @returns takes the guard away; to be called when the server has ended, before its number can be another's
 */
export function guardAgainstOurEnd(serverPid: number, { uid, gid }: Launch): () => void {
  const guard = spawn('/bin/sh', ['-c', script, 'sluice-postgres-guard', String(serverPid)], {
    cwd: '/',
    env: programEnvironment,
    stdio: ['pipe', 'ignore', 'ignore'],
    // A session of its own: what ends our process group must leave it to its work.
    detached: true,
    ...(uid === undefined ? {} : { uid, gid: gid! }),
  })
  // Without it a server that outlives us is the next start's to stop, as is one whose guard was killed.
  guard.on('error', () => undefined)
  guard.stdin.on('error', () => undefined)
  guard.unref()
  return () => {
    guard.kill('SIGKILL')
    guard.stdin.destroy()
  }
}
