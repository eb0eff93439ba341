import { realpath, stat } from 'node:fs/promises'
import { isAbsolute, relative, resolve } from 'node:path'
import { homedir } from 'node:os'
import { SluiceError } from '@sluice/contract/errors'
import type { CoreDeps } from '../platform/index.ts'

/** Whether a path is the folder or lies below it; both are real paths. */
export const isInside = (folder: string, path: string): boolean => {
  const way = relative(folder, path)
  return way === '' || (!way.startsWith('..') && !isAbsolute(way))
}

/** Not files of anybody: reading them shows or does something to the machine. */
const machineFolders = ['/proc', '/sys', '/dev']

/**
 * Resolves a folder that a person named, links included, and holds it inside the allowed
 * roots and outside of Sluice's own data.
 * @throws SluiceError invalid_input, path_not_allowed
 */
export async function resolveFolder(
  deps: Pick<CoreDeps, 'repositoryRoots' | 'folders'>,
  path: string,
): Promise<string> {
  if (path.includes('\0'))
    throw new SluiceError('invalid_input', 'The path holds a NUL character.', {
      details: { field: 'path' },
    })
  const named = path === '~' || path.startsWith('~/') ? resolve(homedir(), path.slice(2)) : path
  if (!isAbsolute(named)) {
    throw new SluiceError(
      'invalid_input',
      'Give the whole path, from the root of the file system or from ~.',
      { details: { field: 'path' } },
    )
  }
  let real: string
  try {
    real = await realpath(named)
  } catch (cause) {
    throw new SluiceError('path_not_allowed', `There is no readable folder ${named}.`, {
      details: { field: 'path' },
      cause,
    })
  }
  const refuse = (message: string) =>
    new SluiceError('path_not_allowed', message, { details: { field: 'path' } })
  if (!(await stat(real)).isDirectory()) throw refuse(`${real} is not a folder.`)
  // Clones, working trees and shadows of every workspace lie there.
  if (isInside(await realpath(deps.folders.root), real))
    throw refuse(`${real} belongs to what Sluice keeps itself. Choose a folder of your own.`)
  const machineFolder = machineFolders.find((folder) => isInside(folder, real))
  if (machineFolder !== undefined)
    throw refuse(`${machineFolder} is the machine's own and holds no repositories.`)
  if (deps.repositoryRoots.length === 0) return real
  const roots = await findRoots(deps.repositoryRoots)
  if (roots.some((root) => isInside(root, real))) return real
  throw refuse(
    `${real} is outside of the folders that this server may use: ${deps.repositoryRoots.join(', ')}.`,
  )
}

/** The allowed roots that are there now; one that is not (a disk that is not mounted) allows nothing. */
async function findRoots(roots: readonly string[]): Promise<string[]> {
  const found = await Promise.all(roots.map((root) => realpath(root).catch(() => undefined)))
  return found.filter((root) => root !== undefined)
}
