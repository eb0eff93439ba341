import { expect, it } from 'vitest'
import { cgroupCandidates } from './cgroup.ts'

it('finds the own groups of version 1, then the tops of their trees', () => {
  const self = '9:name=systemd:/\n8:pids:/p\n4:memory:/m/x\n1:cpu,cpuacct:/\n0::/\n'
  const mounts =
    'cgroup /sys/fs/cgroup/memory cgroup rw,relatime,memory 0 0\ncgroup /sys/fs/cgroup/pids cgroup rw,pids 0 0\ncgroup2 /sys/fs/cgroup/unified cgroup2 rw 0 0\n'
  expect(cgroupCandidates(self, mounts)).toEqual([
    { version: 1, folders: ['/sys/fs/cgroup/memory/m/x', '/sys/fs/cgroup/pids/p'] },
    { version: 1, folders: ['/sys/fs/cgroup/memory', '/sys/fs/cgroup/pids'] },
  ])
})

it('finds the own group of version 2, then a place beside it', () => {
  const mounts = 'cgroup2 /sys/fs/cgroup cgroup2 rw,nosuid 0 0\n'
  expect(cgroupCandidates('0::/user.slice/user-1000.slice/session-2.scope\n', mounts)).toEqual([
    { version: 2, folders: ['/sys/fs/cgroup/user.slice/user-1000.slice/session-2.scope'] },
    { version: 2, folders: ['/sys/fs/cgroup/user.slice/user-1000.slice'] },
  ])
  expect(cgroupCandidates('0::/\n', mounts)).toEqual([{ version: 2, folders: ['/sys/fs/cgroup'] }])
})

it('finds nothing where there are no control groups', () => {
  expect(cgroupCandidates('', 'tmpfs /tmp tmpfs rw 0 0\n')).toEqual([])
})
