/**
 * Resolves paths so that neither `..` nor a link leads out of a root, even while a hostile process swaps folders for
 * links. The trick on Linux: open the folder, ask the kernel where it really is (`/proc/self/fd/N`), and act through
 * that descriptor. Elsewhere the resolved path is used, which leaves a race that only an unsandboxed command could win.
 *
 * Runs on both sides of the sandbox wall, so it imports nothing but Node.
 */
import { constants, existsSync } from 'node:fs'
import { mkdir, open, readlink, realpath } from 'node:fs/promises'
import type { FileHandle } from 'node:fs/promises'
import { dirname, isAbsolute, join, normalize, relative, sep } from 'node:path'

export type FileErrorCode =
  | 'not_found'
  | 'not_a_file'
  | 'not_a_directory'
  | 'too_large'
  | 'read_only'
  | 'path_outside'
  | 'invalid_options'
  | 'io_failed'

/** The same codes as SandboxError, which this side of the wall cannot import. */
export class FileError extends Error {
  readonly code: FileErrorCode

  constructor(code: FileErrorCode, message: string, options?: { cause?: unknown }) {
    super(message, options)
    this.code = code
  }
}

const hasDescriptorPaths = existsSync('/proc/self/fd')
const maxLinks = 40

/** Turns what the caller gave into a path relative to the root, refusing what leaves it by its text alone. */
export function relativeInside(root: string, path: string): string {
  if (path.includes('\0')) throw new FileError('invalid_options', 'a path cannot hold a NUL byte')
  const inside = relative(root, isAbsolute(path) ? normalize(path) : join(root, path))
  if (inside === '..' || inside.startsWith(`..${sep}`) || isAbsolute(inside)) throw outside(path)
  return inside
}

/** The error for a path that leads out of the root. */
export function outside(path: string): FileError {
  return new FileError('path_outside', `the path leads out of the work tree: ${shown(path)}`)
}

/** A path as it may stand in a message: short, on one line. */
export function shown(path: string): string {
  const text = JSON.stringify(path)
  return text.length > 200 ? `${text.slice(0, 200)}…` : text
}

/** Gives an error of the file system its code here; others pass unchanged. */
export function asFileError(error: unknown, path: string): unknown {
  if (error instanceof FileError || !(error instanceof Error) || !('code' in error)) return error
  const as = (code: FileErrorCode, text: string) =>
    new FileError(code, `${text}: ${shown(path)}`, { cause: error })
  switch (error.code) {
    case 'ENOENT':
      return as('not_found', 'no such file or folder')
    case 'ENOTDIR':
      return as('not_a_directory', 'not a folder')
    case 'EISDIR':
    case 'ENXIO':
      return as('not_a_file', 'not a file')
    case 'ELOOP':
      return as('path_outside', 'too many links, or a link put in the way')
    case 'EROFS':
    case 'EACCES':
    case 'EPERM':
      return as('read_only', 'not writable or not readable here')
    default:
      return as('io_failed', String(error.code))
  }
}

/** A folder inside the root, held open. Dispose it. */
export interface HeldFolder extends AsyncDisposable {
  /** Acts on exactly the opened folder, wherever it has been moved since. */
  at(name: string): string
  /** Where it really is. */
  readonly realPath: string
}

/** A path's folder, held open, and its last name: what an operation needs to act without following a link. */
export interface HeldEntry extends AsyncDisposable {
  folder: HeldFolder
  /** Empty for the root itself. */
  name: string
  /** Acts on the entry itself. */
  path: string
}

/** Opens a folder after following links, and proves that it lies inside. */
export async function holdFolder(realRoot: string, path: string): Promise<HeldFolder> {
  const real = await realpath(path)
  if (!isWithin(realRoot, real)) throw outside(path)
  const handle = await open(real, constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW)
  try {
    const proven = await whereIs(handle, real)
    if (!isWithin(realRoot, proven)) throw outside(path)
    return {
      realPath: proven,
      // Not join(): it would drop a final dot, and `/proc/self/fd/N` alone is a link, not the folder.
      at: (name) => `${hasDescriptorPaths ? `/proc/self/fd/${handle.fd}` : proven}/${name}`,
      [Symbol.asyncDispose]: () => handle.close(),
    }
  } catch (error) {
    await handle.close()
    throw error
  }
}

/**
 * Holds the folder of `path`, following links in all but the last part; with `follow`, the last part too.
 * With `make`, missing folders are made, each inside the one that is held.
 */
export async function holdEntry(
  root: string,
  path: string,
  options: { follow?: boolean; make?: boolean } = {},
): Promise<HeldEntry> {
  const realRoot = await realpath(root)
  let inside = relativeInside(root, path)
  for (let links = 0; links <= maxLinks; links += 1) {
    const name = inside === '' ? '' : inside.slice(inside.lastIndexOf(sep) + 1)
    const folderPath = name === '' ? '' : dirname(inside)
    const folder = await holdOrMake(
      realRoot,
      folderPath === '.' ? '' : folderPath,
      options.make === true,
    )
    const target =
      options.follow === true && name !== '' ? await linkTarget(folder.at(name)) : undefined
    if (target === undefined) {
      return {
        folder,
        name,
        path: folder.at(name === '' ? '.' : name),
        [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose](),
      }
    }
    await folder[Symbol.asyncDispose]()
    const next = isAbsolute(target) ? normalize(target) : join(folder.realPath, target)
    // A link may name the root as it was given or as it really is.
    inside = relativeInside(isWithin(realRoot, next) ? realRoot : root, next)
  }
  throw new FileError('path_outside', `too many links: ${shown(path)}`)
}

async function holdOrMake(realRoot: string, inside: string, make: boolean): Promise<HeldFolder> {
  if (!make) return holdFolder(realRoot, join(realRoot, inside))
  let held = await holdFolder(realRoot, realRoot)
  for (const part of inside.split(sep).filter((each) => each !== '')) {
    try {
      await mkdir(held.at(part)).catch((error: unknown) => {
        if (
          !(
            error instanceof Error &&
            'code' in error &&
            (error.code === 'EEXIST' || error.code === 'EROFS')
          )
        )
          throw error
      })
      const next = await holdFolder(realRoot, join(held.realPath, part))
      await held[Symbol.asyncDispose]()
      held = next
    } catch (error) {
      await held[Symbol.asyncDispose]()
      throw error
    }
  }
  return held
}

/** Where an open file or folder really is, by the kernel's word where it gives one. */
export async function whereIs(handle: FileHandle, otherwise: string): Promise<string> {
  return hasDescriptorPaths ? readlink(`/proc/self/fd/${handle.fd}`) : otherwise
}

/** Whether a real path is the root or below it. */
export function isWithin(realRoot: string, real: string): boolean {
  return real === realRoot || real.startsWith(realRoot.endsWith(sep) ? realRoot : realRoot + sep)
}

async function linkTarget(path: string): Promise<string | undefined> {
  try {
    return await readlink(path)
  } catch {
    // EINVAL: no link. ENOENT: a new file. Any other failure is met again, and reported, by the operation itself.
    return undefined
  }
}
