/**
 * Open files that this process was started with and would hand on to its children. Node closes the usual ones; one with a
 * high number can slip through, and an open folder would be a way out of a sandbox.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs'

const closeOnExec = 0o2000000
const bash = ['/bin/bash', '/usr/bin/bash'].find((path) => existsSync(path))

/** Numbers of the open files that children would inherit, apart from stdin, stdout and stderr. */
export function inheritedDescriptors(): number[] {
  let names: string[]
  try {
    names = readdirSync('/proc/self/fd')
  } catch {
    // No /proc: nothing can be asked.
    return []
  }
  return names.map(Number).filter((fd) => fd > 2 && isInherited(fd))
}

/** Words that close the descriptors and then become `words`. */
export function withoutDescriptors(descriptors: number[], words: string[]): string[] {
  // 3 and 4 are replaced by the launch itself. dash cannot name a descriptor above 9; bash can.
  const extra = descriptors.filter((fd) => fd > 4)
  // --norc: bash takes a socket as its input for a remote login and would read ~/.bashrc.
  const shell = bash === undefined ? ['/bin/sh'] : [bash, '--norc']
  const nameable = bash === undefined ? extra.filter((fd) => fd <= 9) : extra
  if (nameable.length === 0) return words
  return [
    ...shell,
    '-c',
    `exec ${nameable.map((fd) => `${fd}>&-`).join(' ')}; exec "$@"`,
    'sandbox',
    ...words,
  ]
}

function isInherited(fd: number): boolean {
  try {
    const flags = /^flags:\s+([0-7]+)$/m.exec(readFileSync(`/proc/self/fdinfo/${fd}`, 'utf8'))?.[1]
    return flags !== undefined && (Number.parseInt(flags, 8) & closeOnExec) === 0
  } catch {
    // The descriptor of the listing itself: closed by now.
    return false
  }
}
