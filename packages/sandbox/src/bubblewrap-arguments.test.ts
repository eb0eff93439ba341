import { expect, it } from 'vitest'
import { bubblewrapArguments } from './bubblewrap-arguments.ts'
import type { MachineView, SandboxView } from './bubblewrap-arguments.ts'

const machine: MachineView = {
  topLevel: [
    { path: '/bin', link: 'usr/bin' },
    { path: '/lib64', link: undefined },
  ],
  etc: ['/etc/ld.so.cache'],
  generatedEtc: { passwd: '/state/etc/passwd' },
  hiddenProc: ['/proc/kcore'],
  emptyFile: '/state/etc/empty',
  toolchainFolders: ['/opt/go'],
  nodePath: '/opt/node/bin/node',
  helperSource: '/sluice/inside',
}
const sandbox: SandboxView = {
  workTree: '/data/tree',
  writable: true,
  tmp: '/data/tmp',
  mounts: [],
  patchworks: [],
  masked: [],
  nested: false,
  shmBytes: 1,
}
const args = (view: Partial<SandboxView> = {}) =>
  bubblewrapArguments(machine, { ...sandbox, ...view }, { cwd: '/workspace', env: { A: 'b' } })
const pairs = (list: string[], option: string, width: number) =>
  list.flatMap((word, index) =>
    word === option ? [list.slice(index + 1, index + 1 + width).join(' ')] : [],
  )

it('gives write access to the work tree and /tmp alone', () => {
  expect(pairs(args(), '--bind', 2)).toEqual(['/data/tmp /tmp', '/data/tree /workspace'])
  expect(pairs(args({ writable: false }), '--bind', 2)).toEqual(['/data/tmp /tmp'])
})

it('leaves every namespace and the server’s life and environment', () => {
  expect(args()).toEqual(
    expect.arrayContaining([
      '--unshare-user',
      '--unshare-net',
      '--unshare-pid',
      '--unshare-ipc',
      '--unshare-uts',
      '--die-with-parent',
      '--new-session',
      '--clearenv',
      '--disable-userns',
    ]),
  )
  expect(args({ nested: true })).not.toContain('--disable-userns')
})

it('makes the root read-only after every mount point in it is made', () => {
  const list = args({
    mounts: [{ source: '/repo/.git', target: '/repo/.git', writable: false }],
    masked: [{ target: '/workspace/keys', isFolder: true }],
  })
  const lastMount = Math.max(
    ...['--ro-bind', '--bind', '--tmpfs', '--symlink'].map((option) => list.lastIndexOf(option)),
  )
  expect(
    list.findIndex((word, index) => word === '--remount-ro' && list[index + 1] === '/'),
  ).toBeGreaterThan(lastMount)
})

it('covers the kernel’s settings directly after /proc is mounted', () => {
  const list = args()
  expect(list.slice(list.indexOf('--proc'), list.indexOf('--proc') + 5)).toEqual([
    '--proc',
    '/proc',
    '--ro-bind',
    '/proc/sys',
    '/proc/sys',
  ])
})
