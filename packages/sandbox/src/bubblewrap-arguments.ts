/**
 * What a bubblewrap sandbox shows of the machine, as bwrap's arguments. Pure: everything that depends on the disk comes in.
 *
 * The new root is an empty tmpfs, made read-only at the end. Shown read-only: /usr with its links, a minimal /etc, the
 * toolchain, dependency folders. Writable: /workspace, /tmp, /dev/shm. Its own: /proc, /dev, network, pids, ipc, host name.
 */
import { join } from 'node:path'

export const workspaceRoot = '/workspace'
export const helperFolder = '/run/sluice/helper'
export const ownNode = '/run/sluice/bin/node'

/** What is the same for all sandboxes of this machine. */
export interface MachineView {
  /** Top-level folders such as /bin: a link (with its target) on merged systems, a folder on others. */
  topLevel: { path: string; link: string | undefined }[]
  /** Existing host paths of /etc that hold no secrets. */
  etc: string[]
  /** Host path of generated files by their name in /etc: passwd, group, hosts, nsswitch.conf. */
  generatedEtc: Record<string, string>
  /** Files of /proc that the host's root may use even without capabilities; empty for other users. */
  hiddenProc: string[]
  /** An empty read-only host file, bound over what is hidden. */
  emptyFile: string
  toolchainFolders: string[]
  nodePath: string
  /** Host folder of the file helper's sources. */
  helperSource: string
}

export interface BoundPath {
  source: string
  target: string
  writable: boolean
}

/** What one sandbox adds. */
export interface SandboxView {
  workTree: string
  writable: boolean
  tmp: string
  mounts: BoundPath[]
  /** Children of a dependency folder shown one by one in a tmpfs, where overlays do not work. */
  patchworks: {
    target: string
    children: { name: string; source: string; link: string | undefined }[]
  }[]
  masked: { target: string; isFolder: boolean }[]
  nested: boolean
  shmBytes: number
}

/** What one command adds. */
export interface CommandView {
  cwd: string
  env: Record<string, string>
}

/** All options up to the command, without `--`. */
export function bubblewrapArguments(
  machine: MachineView,
  sandbox: SandboxView,
  command: CommandView,
): string[] {
  return [
    ...isolation(sandbox.nested),
    ...systemFolders(machine),
    ...kernelFolders(machine, sandbox.shmBytes),
    ...['--dir', '/var', '--symlink', '../tmp', '/var/tmp', '--bind', sandbox.tmp, '/tmp'],
    ...machine.toolchainFolders.flatMap((folder) => ['--ro-bind-try', folder, folder]),
    ...['--ro-bind', machine.nodePath, ownNode, '--ro-bind', machine.helperSource, helperFolder],
    ...[sandbox.writable ? '--bind' : '--ro-bind', sandbox.workTree, workspaceRoot],
    ...sandbox.mounts.flatMap((mount) => [
      mount.writable ? '--bind' : '--ro-bind',
      mount.source,
      mount.target,
    ]),
    ...sandbox.patchworks.flatMap(patchwork),
    ...sandbox.masked.flatMap(({ target, isFolder }) =>
      isFolder
        ? ['--tmpfs', target, '--remount-ro', target]
        : ['--ro-bind', machine.emptyFile, target],
    ),
    ...['--remount-ro', '/'],
    '--clearenv',
    ...Object.entries(command.env).flatMap(([name, value]) => ['--setenv', name, value]),
    ...['--chdir', command.cwd],
  ]
}

function isolation(nested: boolean): string[] {
  return [
    // A user namespace even for root: inside, the user has no capability over the machine.
    ...['--unshare-user', '--uid', '1000', '--gid', '1000'],
    ...(nested ? [] : ['--disable-userns']),
    ...[
      '--unshare-ipc',
      '--unshare-pid',
      '--unshare-net',
      '--unshare-uts',
      '--unshare-cgroup-try',
      '--hostname',
      'sandbox',
    ],
    ...['--die-with-parent', '--new-session'],
  ]
}

function systemFolders(machine: MachineView): string[] {
  return [
    ...['--ro-bind', '/usr', '/usr'],
    ...machine.topLevel.flatMap(({ path, link }) =>
      link === undefined ? ['--ro-bind', path, path] : ['--symlink', link, path],
    ),
    ...machine.etc.flatMap((path) => ['--ro-bind-try', path, path]),
    ...Object.entries(machine.generatedEtc).flatMap(([name, source]) => [
      '--ro-bind',
      source,
      join('/etc', name),
    ]),
  ]
}

function kernelFolders(machine: MachineView, shmBytes: number): string[] {
  return [
    // bwrap leaves /proc/sys writable for the host's root (its files ask for the user, not for a capability), and a write
    // to kernel/core_pattern there would run a program outside.
    ...['--proc', '/proc', '--ro-bind', '/proc/sys', '/proc/sys'],
    ...machine.hiddenProc.flatMap((path) => ['--ro-bind', machine.emptyFile, path]),
    ...['--dev', '/dev', '--size', String(shmBytes), '--tmpfs', '/dev/shm', '--remount-ro', '/dev'],
  ]
}

function patchwork({ target, children }: SandboxView['patchworks'][number]): string[] {
  return [
    ...['--tmpfs', target],
    ...children.flatMap(({ name, source, link }) =>
      link === undefined
        ? ['--ro-bind', source, join(target, name)]
        : ['--symlink', link, join(target, name)],
    ),
  ]
}
