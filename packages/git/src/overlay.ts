/** Overlay mounts: a writable layer over a cached checkout. Linux, and only where the process may mount. */

import { mkdir, readFile } from 'node:fs/promises'
import { GitError, isGitError } from './errors.ts'
import { gitEnvironment } from './environment.ts'
import { runProcess } from './run.ts'
import type { CallOptions } from './types.ts'

const MOUNT_TIMEOUT_MS = 20_000

export type OverlayLayers = { lower: string; upper: string; work: string; target: string }

/** Why this process cannot mount; found out once. */
let refusal: string | undefined

/** Whether it is worth trying. */
export function mayMountOverlay(paths: readonly string[]): boolean {
  if (process.platform !== 'linux' || process.getuid?.() !== 0 || refusal !== undefined)
    return false
  // The mount options are split at commas and colons; such a folder is served by a plain checkout.
  return paths.every((path) => !/[,:\\"\s]/.test(path))
}

/**
 * Mounts; false when the machine does not allow it (the caller then makes a plain checkout).
 * @throws GitError `timeout`, `aborted`
 */
export async function mountOverlay(
  layers: OverlayLayers,
  options: CallOptions = {},
): Promise<boolean> {
  await Promise.all(
    [layers.upper, layers.work, layers.target].map((path) => mkdir(path, { recursive: true })),
  )
  try {
    await runProcess({
      ...options,
      timeoutMs: MOUNT_TIMEOUT_MS,
      command: 'mount',
      env: gitEnvironment('own'),
      args: [
        '-t',
        'overlay',
        'sluice',
        '-o',
        `nodev,nosuid,lowerdir=${layers.lower},upperdir=${layers.upper},workdir=${layers.work}`,
        '--',
        layers.target,
      ],
    })
    return true
  } catch (error) {
    if (isGitError(error, 'aborted') || isGitError(error, 'timeout')) throw error
    refusal = error instanceof Error ? error.message : String(error)
    return false
  }
}

/**
 * Unmounts as often as something is mounted there; detaches what is still busy. No error when nothing is, also where
 * another call or process unmounts it in the same moment.
 */
export async function unmount(target: string, options: CallOptions = {}): Promise<void> {
  for (let round = 0; round < 10 && (await isMounted(target)); round += 1) {
    const run = (flags: string[]): Promise<unknown> =>
      runProcess({
        ...options,
        timeoutMs: MOUNT_TIMEOUT_MS,
        command: 'umount',
        env: gitEnvironment('own'),
        args: [...flags, '--', target],
      })
    const orGone = async (error: unknown): Promise<void> => {
      if (isGitError(error, 'aborted') || (await isMounted(target))) throw error
    }
    await run([]).catch(async (error: unknown) => {
      if (isGitError(error, 'aborted')) throw error
      await run(['-l']).catch(orGone)
    })
  }
  if (await isMounted(target)) throw new GitError('command_failed', `Cannot unmount ${target}.`)
}

/** Whether a mount stands exactly at `target`. */
export async function isMounted(target: string): Promise<boolean> {
  if (process.platform !== 'linux') return false
  const text = await readFile('/proc/self/mountinfo', 'utf8')
  return text.split('\n').some((line) => unescapeMount(line.split(' ')[4] ?? '') === target)
}

/** The kernel writes space, tab, line end and backslash as octal (proc_pid_mountinfo(5)). */
function unescapeMount(text: string): string {
  return text.replace(/\\([0-7]{3})/g, (_, octal: string) =>
    String.fromCharCode(Number.parseInt(octal, 8)),
  )
}
