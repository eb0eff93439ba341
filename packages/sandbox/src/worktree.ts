/**
 * The worktree provider: commands run as the server's own user on the bare machine, with the whole disk and network.
 * Only for people who chose it. What it still does: a cleared environment, time limits, memory and process limits where
 * control groups work, and the end of every process that a command leaves behind.
 */
import { randomBytes } from 'node:crypto'
import { dirname, join } from 'node:path'
import { checkedWorkTree } from './bubblewrap.ts'
import { CgroupScope, findCgroupBase } from './cgroup.ts'
import { inheritedDescriptors } from './inherited-descriptors.ts'
import { SandboxError } from './sandbox.ts'
import type { SandboxCheck, SandboxOptions, SandboxProvider } from './sandbox.ts'
import {
  createScratch,
  reapStateFolder,
  removeScratch,
  thisOwner,
  writeOwnerNote,
} from './state-folder.ts'
import type { OwnerNote } from './state-folder.ts'
import { WorktreeSandbox } from './worktree-sandbox.ts'
import { linkMounts } from './worktree-links.ts'

export interface WorktreeDeps {
  /** Host folder of this server's own; made if missing. */
  stateFolder: string
  /** The user's environment; commands see an allowlisted part of it. */
  env: Record<string, string | undefined>
  /** The Node that Sluice runs on; commands find it last on PATH. */
  nodePath: string
  /** Between SIGTERM and SIGKILL; default 500. */
  graceMs?: number
  /** False makes the provider go without control groups, as on machines that lack them. Default true. */
  useCgroups?: boolean
}

/** Makes the provider; touches the machine only when checked or opened. */
export function createWorktreeProvider(deps: WorktreeDeps): SandboxProvider {
  let cgroups: ReturnType<typeof findCgroupBase> | undefined
  const requireCgroups = () =>
    (cgroups ??=
      deps.useCgroups === false
        ? Promise.resolve({ base: undefined, reason: 'control groups are switched off' })
        : findCgroupBase())
  return {
    name: 'worktree',
    isolates: false,
    async check(signal): Promise<SandboxCheck> {
      signal?.throwIfAborted()
      if (process.platform === 'win32')
        return {
          available: false,
          reason: 'Windows has no process groups',
          remedy: 'Run the server in WSL 2 or on Linux or macOS.',
        }
      const found = await requireCgroups()
      const notes = [
        'Nothing is isolated: commands see the home folder, all repositories and the network.',
      ]
      if (found.base !== undefined)
        return {
          available: true,
          version: 'worktree',
          limits: {
            memory: 'sandbox',
            processes: 'sandbox',
            fileSize: 'command',
            time: 'sandbox',
            notes,
          },
        }
      notes.push(
        `Memory is measured five times a second and the number of processes is not limited: ${found.reason}.`,
      )
      return {
        available: true,
        version: 'worktree',
        limits: {
          memory: 'sampled',
          processes: 'none',
          fileSize: 'command',
          time: 'command',
          notes,
        },
      }
    },
    async open(options: SandboxOptions) {
      const workTree = await checkedWorkTree(options)
      if (options.access === 'read-only')
        throw new SandboxError(
          'invalid_options',
          'the worktree provider cannot make a work tree read-only',
        )
      const scratch = await createScratch(join(deps.stateFolder, 'sandboxes'), options.id)
      const note: OwnerNote = {
        ...(await thisOwner()),
        mark: randomBytes(18).toString('hex'),
        mountPoints: [],
      }
      let group: CgroupScope | undefined
      let links: Awaited<ReturnType<typeof linkMounts>> | undefined
      try {
        await writeOwnerNote(scratch, note)
        links = await linkMounts(workTree, options.readOnlyMounts ?? [])
        note.links = links.made
        await writeOwnerNote(scratch, note)
        const { base } = await requireCgroups()
        if (base !== undefined) {
          const name = `sluice-${note.mark.slice(0, 16)}`
          // Noted before it is made: a server killed in between leaves nothing unknown.
          const { version, folders } = CgroupScope.at(base, name)
          note.cgroup = { version, folders }
          await writeOwnerNote(scratch, note)
          group = await CgroupScope.create(base, name, options.limits)
        }
        const notes = [
          ...links.notes,
          ...((options.maskedPaths ?? []).length > 0
            ? ['masked paths are visible: this provider cannot hide them']
            : []),
        ]
        return new WorktreeSandbox(
          { ...options, workTree },
          {
            ...{
              env: deps.env,
              nodeFolder: dirname(deps.nodePath),
              descriptors: inheritedDescriptors(),
              scratch,
              note,
              group,
              notes,
            },
            graceMs: deps.graceMs ?? 500,
          },
        )
      } catch (error) {
        await group?.remove()
        await links?.remove()
        await removeScratch(scratch.path)
        throw error
      }
    },
    reapOrphans: (signal) => reapStateFolder(join(deps.stateFolder, 'sandboxes'), signal),
  }
}
