import { lstat, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { SandboxMount } from '@sluice/sandbox/sandbox'

// Folders that package managers fill from a lock file: never tracked, needed by nearly every
// check, and far too large to copy for each working tree.
const dependencyFolders = new Set(['node_modules', '.venv', 'venv', 'vendor'])
const maxFolders = 200
const maxDepth = 3

/**
 * The dependency folders of a user's checkout that a clean working tree lacks, to be shown
 * in the sandbox at the same place. Looks a few levels deep, as workspaces have theirs
 * beside each package; links are not followed.
 * @param isTracked whether the working tree brings a folder of its own there
 */
export async function findDependencyMounts(
  repositoryPath: string,
  isTracked: (path: string) => Promise<boolean>,
): Promise<SandboxMount[]> {
  const mounts: SandboxMount[] = []
  const visit = async (folder: string, depth: number): Promise<void> => {
    const entries = await readdir(join(repositoryPath, folder), { withFileTypes: true }).catch(
      () => [],
    )
    const below: string[] = []
    for (const entry of entries) {
      if (!entry.isDirectory() || mounts.length >= maxFolders) continue
      const path = folder === '' ? entry.name : `${folder}/${entry.name}`
      if (dependencyFolders.has(entry.name)) {
        if (!(await isTracked(path)))
          mounts.push({ source: join(repositoryPath, path), target: path, mode: 'scratch' })
      } else if (depth < maxDepth && !entry.name.startsWith('.')) {
        below.push(path)
      }
    }
    await Promise.all(below.map((path) => visit(path, depth + 1)))
  }
  await visit('', 0)
  // Folders are looked at side by side; the order of what was found must not depend on that.
  return mounts.sort((a, b) => (a.target < b.target ? -1 : 1))
}

/** Whether something lies at a path of a working tree, links not followed. */
export async function liesIn(workTree: string, path: string): Promise<boolean> {
  return lstat(join(workTree, path)).then(
    () => true,
    () => false,
  )
}
