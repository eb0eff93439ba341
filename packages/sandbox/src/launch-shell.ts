/** The small shell steps around a command: joining control groups and private mounts outside, limits inside. */
import { existsSync } from 'node:fs'
import { SandboxError } from './sandbox.ts'
import type { SandboxCommand } from './sandbox.ts'

/** Limits that a shell sets on itself before it becomes the command. */
export interface ShellLimits {
  fileBytes: number
  /** Bytes of private writable memory of each process; unset where control groups hold the memory. */
  dataBytes?: number
  /** Processes of the user in this user namespace; unset where control groups hold them. */
  processes?: number
}

const bash = ['/bin/bash', '/usr/bin/bash'].find((path) => existsSync(path))
// bash takes a socket as its input for a remote login and would read ~/.bashrc.
const shell = bash === undefined ? ['/bin/sh'] : [bash, '--norc']

/** The command as an argument list. Shell text runs under bash where there is one. @throws SandboxError `invalid_options` */
export function commandWords(command: SandboxCommand): string[] {
  const words = 'shell' in command ? [...shell, '-c', command.shell] : command.argv
  // A first word with a dash would be an option to the shell's own exec.
  if (words[0] === undefined || words[0] === '' || words[0].startsWith('-'))
    throw new SandboxError('invalid_options', 'the command has no program')
  if (words.some((word) => word.includes('\0')))
    throw new SandboxError('invalid_options', 'the command holds a NUL byte')
  return words
}

/** Words that set the limits, give the start signal on descriptor 3 and then become the command. */
export function limitedCommand(words: string[], limits: ShellLimits): string[] {
  // 512-byte blocks and KiB are POSIX's units. A limit that cannot be set is one that check() has not promised.
  const steps = ['ulimit -c 0', `ulimit -f ${Math.ceil(limits.fileBytes / 512)}`]
  if (limits.dataBytes !== undefined) steps.push(`ulimit -d ${Math.ceil(limits.dataBytes / 1024)}`)
  // bash says -u, dash and busybox say -p.
  if (limits.processes !== undefined)
    steps.push(`ulimit -u ${limits.processes} || ulimit -p ${limits.processes}`)
  const script = `{ ${steps.join('; ')}; } 2>/dev/null; printf s >&3; exec 3>&-; exec "$@"`
  return ['/bin/sh', '-c', script, 'sandbox', ...words]
}

/** A dependency folder over which new files can be made without reaching it. */
export interface ScratchOverlay {
  source: string
  /** Below the private mount point. */
  merged: string
}

/** Words that join control groups and then become `words`. */
export function inGroups(joinFiles: string[], words: string[]): string[] {
  if (joinFiles.length === 0) return words
  // The paths come as arguments, never as shell text. "0" means the writing process itself.
  const script =
    'n=$1; shift; while [ "$n" -gt 0 ]; do echo 0 >"$1" || exit 125; shift; n=$((n-1)); done; exec "$@"'
  return ['/bin/sh', '-c', script, 'sandbox', String(joinFiles.length), ...joinFiles, ...words]
}

/**
 * Words that lay overlays in a mount namespace of their own and then become `words`. Everything written lies in a tmpfs
 * there and ends with the command; on the host nothing is mounted.
 */
export function withOverlays(
  mountPoint: string,
  overlays: ScratchOverlay[],
  sizeBytes: number,
  isRoot: boolean,
  words: string[],
): string[] {
  if (overlays.length === 0) return words
  const script = [
    'set -e; m=$1; size=$2; extra=$3; n=$4; shift 4',
    'mount -t tmpfs -o "size=$size,mode=700" tmpfs "$m"',
    'while [ "$n" -gt 0 ]; do mkdir "$m/l$n" "$m/u$n" "$m/w$n" "$2"',
    'mount --bind "$1" "$m/l$n"',
    'mount -t overlay -o "${extra}lowerdir=$m/l$n,upperdir=$m/u$n,workdir=$m/w$n" overlay "$2"',
    'shift 2; n=$((n-1)); done; exec "$@"',
  ].join('\n')
  const pairs = overlays.flatMap((each) => [each.source, each.merged])
  const unshare = isRoot
    ? ['unshare', '--mount']
    : ['unshare', '--user', '--map-root-user', '--mount']
  return [
    ...unshare,
    '/bin/sh',
    '-c',
    script,
    'sandbox',
    mountPoint,
    String(sizeBytes),
    isRoot ? '' : 'userxattr,',
    String(overlays.length),
    ...pairs,
    ...words,
  ]
}
