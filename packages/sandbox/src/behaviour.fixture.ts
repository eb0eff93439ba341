/** The providers that the behaviour suite runs on, and what their tests share. */
import { randomInt } from 'node:crypto'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createBubblewrapProvider } from './bubblewrap.ts'
import { findCgroupBase } from './cgroup.ts'
import type { Sandbox, SandboxOptions, SandboxProvider } from './sandbox.ts'
import { findToolchain } from './toolchain.ts'
import { createWorktreeProvider } from './worktree.ts'

export const secret = { name: 'SERVER_SECRET_TOKEN', value: 'never-to-be-seen' }
export const mebibyte = 1024 * 1024

export interface Subject {
  title: string
  isolates: boolean
  usesCgroups: boolean
  create(stateFolder: string): SandboxProvider
}

/** A PATH with Node on it, and a home whose files nothing may read. */
export function testToolchain(home: string) {
  return findToolchain({ path: process.env['PATH'] ?? '', home, nodeExecPath: process.execPath })
}

const { base } = await findCgroupBase()

/** With control groups, where this machine lets them be made, and always without. */
export const subjects: Subject[] = (base === undefined ? [false] : [true, false]).flatMap(
  (useCgroups) => {
    const suffix = useCgroups ? '' : ' without control groups'
    return [
      {
        title: `bubblewrap${suffix}`,
        isolates: true,
        usesCgroups: useCgroups,
        create: (stateFolder: string) =>
          createBubblewrapProvider({
            stateFolder,
            toolchain: testToolchain(process.env['HOME'] ?? '/root'),
            useCgroups,
            graceMs: 300,
          }),
      },
      {
        title: `worktree${suffix}`,
        isolates: false,
        usesCgroups: useCgroups,
        create: (stateFolder: string) =>
          createWorktreeProvider({
            stateFolder,
            env: { ...process.env, [secret.name]: secret.value },
            nodePath: process.execPath,
            useCgroups,
            graceMs: 300,
          }),
      },
    ]
  },
)

/** One of each provider, for what control groups have no part in. */
export const oneOfEach = subjects.slice(0, 2)

/** A sandbox over a fresh work tree, and a folder beside it that is not for its eyes. */
export interface Opened extends AsyncDisposable {
  sandbox: Sandbox
  provider: SandboxProvider
  workTree: string
  outside: string
  stateFolder: string
}

/** Opens one; everything is removed at the end. */
export async function openFresh(
  subject: Subject,
  options: Partial<SandboxOptions> & {
    prepare?: (workTree: string, outside: string) => Promise<void>
  } = {},
): Promise<Opened> {
  const folder = await mkdtemp(join(tmpdir(), 'sandbox-test-'))
  const [workTree, outside, stateFolder] = [
    await mkdtemp(join(folder, 'tree-')),
    await mkdtemp(join(folder, 'outside-')),
    join(folder, 'state'),
  ]
  const provider = subject.create(stateFolder)
  const { prepare, ...rest } = options
  await prepare?.(workTree, outside)
  const sandbox = await provider.open({
    id: 'test',
    workTree,
    limits: { memoryBytes: 512 * mebibyte, processes: 200 },
    ...rest,
  })
  return {
    ...{ sandbox, provider, workTree, outside, stateFolder },
    async [Symbol.asyncDispose]() {
      await sandbox.dispose()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

/** A sleeping time that no other process uses, so that the process can be found by it. */
export function uniqueSleep(): string {
  return `${randomInt(100_000, 999_999)}.${randomInt(100_000, 999_999)}`
}

/** Ids of living processes whose command line holds a word. */
export async function processesWith(word: string): Promise<number[]> {
  const ids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number)
  const lines = await Promise.all(
    ids.map((pid) => readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')),
  )
  return ids.filter(
    (pid, index) => pid !== process.pid && (lines[index] ?? '').split('\0').includes(word),
  )
}
