/** Finds and ends a command's processes, by control group where there is one, else by process group, parentage and mark. */
import type { CgroupScope } from './cgroup.ts'
import { descendantsOf, findMarked, listProcesses, sendSignal } from './process-table.ts'
import type { Containment } from './run-command.ts'
import { killMarked, commandMarkerName } from './state-folder.ts'

const pageBytes = 4096
const sampleEveryMs = 200

export interface ContainmentOptions {
  /** The command's own group, if control groups work here. */
  group: CgroupScope | undefined
  /**
   * `namespace`: the child is bwrap; killing it ends all below, for the kernel ends a pid namespace with its first process.
   * `group`: the child is the command itself.
   */
  kind: 'namespace' | 'group'
  /** The mark of this one command; undefined where the namespace makes it needless. */
  mark?: string
  /** Watched by sampling when no control group holds it. */
  memoryBytes: number
}

/** Containment of one command. */
export function createContainment(options: ContainmentOptions): Containment {
  const { group, kind, mark } = options
  let sampledOut = false

  async function members(childPid: number): Promise<number[]> {
    const rows = await listProcesses()
    // In a namespace depth 1 is its first process, bwrap itself: a SIGTERM there would be the end of all at once.
    const minimumDepth = kind === 'namespace' ? 2 : 1
    const below = descendantsOf(rows, childPid)
      .filter(({ depth }) => depth >= minimumDepth)
      .map(({ row }) => row.pid)
    if (kind === 'namespace') return below
    const sameGroup = rows.filter((row) => row.groupId === childPid).map((row) => row.pid)
    const marked = mark === undefined ? [] : await findMarked(commandMarkerName, mark)
    return [
      ...new Set([
        childPid,
        ...below,
        ...sameGroup,
        ...marked,
        ...((await group?.processIds()) ?? []),
      ]),
    ]
  }

  return {
    members,
    async endAll(childPid) {
      sendSignal(-childPid, 'SIGKILL')
      if (group !== undefined) await group.killAll()
      if (group === undefined && mark !== undefined) await killMarked(commandMarkerName, mark)
    },
    async wasOutOfMemory() {
      return sampledOut || (group !== undefined && (await group.outOfMemoryKills()) > 0)
    },
    ...(group === undefined
      ? {
          watch(childPid: number, onOutOfMemory: () => void) {
            return watchMemory(
              childPid,
              kind === 'group' ? mark : undefined,
              options.memoryBytes,
              () => {
                sampledOut = true
                onOutOfMemory()
              },
            )
          },
        }
      : {}),
  }
}

/** Adds up what the command's processes hold, several times a second; shared pages count for each, so it errs to the safe side. */
function watchMemory(
  childPid: number,
  mark: string | undefined,
  memoryBytes: number,
  onPassed: () => void,
): { stop(): void } {
  let timer: NodeJS.Timeout | undefined
  let stopped = false
  const look = async (): Promise<void> => {
    const rows = await listProcesses()
    const own = new Set([childPid, ...descendantsOf(rows, childPid).map(({ row }) => row.pid)])
    if (mark !== undefined)
      for (const pid of await findMarked(commandMarkerName, mark)) own.add(pid)
    const pages = rows
      .filter((row) => own.has(row.pid))
      .reduce((sum, row) => sum + row.residentPages, 0)
    if (stopped) return
    if (pages * pageBytes > memoryBytes) onPassed()
    else again()
  }
  const again = () => {
    timer = setTimeout(() => void look(), sampleEveryMs)
  }
  again()
  return {
    stop() {
      stopped = true
      clearTimeout(timer)
    },
  }
}
