import { execFile } from 'node:child_process'
import { readFile, realpath, rm } from 'node:fs/promises'
import { promisify } from 'node:util'

const run = promisify(execFile)
const timeoutMs = 30_000

/**
 * Removes the data folder of a server that has ended. Working trees of its sessions may still
 * be mounted there (the server keeps them for its next start): they are unmounted first.
 */
export async function removeData(folder: string): Promise<void> {
  const real = await realpath(folder)
  for (const mount of mountsBelow(await readMounts(), real)) {
    await run('umount', ['--', mount], { timeout: timeoutMs })
  }
  await rm(real, { recursive: true, force: true, maxRetries: 3 })
}

/** Only Linux has it, and only there a server mounts anything. */
const readMounts = (): Promise<string> => readFile('/proc/self/mountinfo', 'utf8').catch(() => '')

/**
 * Mount points below a folder, the innermost first.
 * @param mountinfo the text of /proc/self/mountinfo; proc_pid_mountinfo(5): the fifth field is the mount point
 */
export function mountsBelow(mountinfo: string, folder: string): string[] {
  return mountinfo
    .split('\n')
    .map((line) => line.split(' ')[4] ?? '')
    .map((field) =>
      field.replace(/\\([0-7]{3})/g, (_all, octal: string) =>
        String.fromCharCode(Number.parseInt(octal, 8)),
      ),
    )
    .filter((path) => path.startsWith(`${folder}/`))
    .reverse()
}
