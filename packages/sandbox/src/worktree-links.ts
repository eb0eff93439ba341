/** Without namespaces nothing can be mounted; a link in the work tree stands in, and is removed at the end. */
import { lstat, mkdir, readlink, rmdir, symlink, unlink } from 'node:fs/promises'
import { dirname, isAbsolute, join } from 'node:path'
import { isWithin } from './inside/contained-path.ts'
import { SandboxError } from './sandbox.ts'
import type { SandboxMount } from './sandbox.ts'

export interface MadeLink {
  path: string
  /** What it names; a link that names something else by now is not ours to remove. */
  source: string
  /** The topmost folder that had to be made for it. */
  madeFolder?: string
}

/** Makes the links. A target that exists is left as it is, with a note. @throws SandboxError `invalid_options` */
export async function linkMounts(
  workTree: string,
  mounts: SandboxMount[],
): Promise<{ made: MadeLink[]; notes: string[]; remove(): Promise<void> }> {
  const made: MadeLink[] = []
  const notes: string[] = []
  for (const { source, target } of mounts) {
    const path = isAbsolute(target) ? join(target) : join(workTree, target)
    if (!isAbsolute(target) && !isWithin(workTree, path))
      throw new SandboxError('invalid_options', `a mount target leaves the work tree: ${target}`)
    if (path === source) continue
    if (!isWithin(workTree, path) || path === workTree) {
      notes.push(`${target} cannot be mounted without isolation; commands find it at ${source}`)
      continue
    }
    if ((await lstat(path).catch(() => undefined)) !== undefined) {
      notes.push(`${target} exists in the work tree and is used as it is`)
      continue
    }
    const madeFolder = await mkdir(dirname(path), { recursive: true })
    await symlink(source, path)
    made.push({ path, source, ...(madeFolder === undefined ? {} : { madeFolder }) })
    notes.push(`${target} is a link to ${source}, which commands can write to`)
  }
  return { made, notes, remove: () => removeLinks(made) }
}

/** Removes links that still name what they were made for, and the folders made for them where nothing else came in. */
export async function removeLinks(links: MadeLink[]): Promise<void> {
  for (const { path, source, madeFolder } of links) {
    const now = await readlink(path).catch(() => undefined)
    if (now === source) await unlink(path)
    if (madeFolder === undefined) continue
    for (let at = dirname(path); isWithin(madeFolder, at); at = dirname(at)) {
      // Not empty, or gone: then it is no longer ours.
      if (
        !(await rmdir(at).then(
          () => true,
          () => false,
        ))
      )
        break
    }
  }
}
