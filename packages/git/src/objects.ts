/** Reading files and listings out of trees. */

import { GitError, isGitError } from './errors.ts'
import { pathFromBytes, pathToBytes, splitNul } from './path-text.ts'
import { requireOid } from './refs.ts'
import { runGit } from './run.ts'
import type { ShadowFolder } from './types.ts'
import type { CallOptions, Oid } from './types.ts'

const DEFAULT_MAX_BLOB_BYTES = 20 * 1024 * 1024
/** The line before an object's bytes, and its end. */
const MAX_HEADER_BYTES = 128

export type TreeEntry = { path: string; mode: string; oid: Oid }

export async function listTree(
  folder: ShadowFolder,
  treeish: Oid,
  options: CallOptions = {},
): Promise<TreeEntry[]> {
  const { stdout } = await runGit({
    ...options,
    gitDir: folder.path,
    args: ['ls-tree', '-r', '-z', '--full-tree', requireOid(treeish)],
  })
  return splitNul(stdout).map((line) => {
    const tab = line.indexOf(9)
    const [mode = '', , oid = ''] = line.toString('latin1', 0, tab).split(' ')
    return { mode, oid, path: pathFromBytes(line.subarray(tab + 1)) }
  })
}

export async function readBlob(
  folder: ShadowFolder,
  treeish: Oid,
  path: string,
  options: CallOptions & { maxBytes?: number } = {},
): Promise<{ bytes: Buffer; oid: Oid; sizeBytes: number }> {
  const { maxBytes = DEFAULT_MAX_BLOB_BYTES, ...call } = options
  const check = await runGit({
    ...call,
    gitDir: folder.path,
    stdin: treePath(treeish, path),
    args: ['cat-file', '-z', '--batch-check'],
  })
  // "<oid> <type> <size>", or the name again and "missing".
  const found = /^([0-9a-f]{40,64}) (\w+) (\d+)\n$/.exec(check.stdout.toString('latin1'))
  if (found === null || found[2] !== 'blob') throw notFound(path)
  const [, oid = '', , size = '0'] = found
  const sizeBytes = Number(size)
  if (sizeBytes > maxBytes) {
    throw new GitError(
      'file_too_large',
      `The file is ${sizeBytes} bytes; at most ${maxBytes} are read.`,
      {
        details: { path, sizeBytes, maxBytes },
      },
    )
  }
  const { stdout } = await runGit({ ...call, gitDir: folder.path, args: ['cat-file', 'blob', oid] })
  return { bytes: stdout, oid, sizeBytes }
}

/**
 * The bytes at a path of a tree, links inside the tree followed; undefined where there is no file (nothing, a folder,
 * a link that leads out or nowhere) or one of more than `maxBytes`.
 */
export async function findFile(
  folder: ShadowFolder,
  treeish: Oid,
  path: string,
  options: CallOptions & { maxBytes: number },
): Promise<Buffer | undefined> {
  const { maxBytes, ...call } = options
  const { stdout } = await runGit({
    ...call,
    gitDir: folder.path,
    stdin: treePath(treeish, path),
    maxOutputBytes: maxBytes + MAX_HEADER_BYTES,
    args: ['cat-file', '-z', '--batch', '--follow-symlinks'],
  }).catch((error: unknown) => {
    if (isGitError(error, 'output_too_large')) return { stdout: Buffer.alloc(0) }
    throw error
  })
  // "<oid> <type> <size>", then the bytes; another word than a type where nothing was found.
  const end = stdout.indexOf(0x0a)
  const found = /^[0-9a-f]{40,64} blob (\d+)$/.exec(stdout.toString('latin1', 0, Math.max(0, end)))
  const sizeBytes = Number(found?.[1] ?? Number.POSITIVE_INFINITY)
  return sizeBytes <= maxBytes ? stdout.subarray(end + 1, end + 1 + sizeBytes) : undefined
}

/** Sizes of blobs by id; ids that are not there are left out. */
export async function blobSizes(
  folder: ShadowFolder,
  oids: Iterable<Oid>,
  options: CallOptions,
): Promise<Map<Oid, number>> {
  const wanted = [...new Set(oids)]
  const sizes = new Map<Oid, number>()
  if (wanted.length === 0) return sizes
  const { stdout } = await runGit({
    ...options,
    gitDir: folder.path,
    stdin: wanted.join('\n') + '\n',
    args: ['cat-file', '--batch-check=%(objectname) %(objectsize)'],
  })
  for (const line of stdout.toString('latin1').split('\n')) {
    const [oid = '', size = ''] = line.split(' ')
    if (/^\d+$/.test(size)) sizes.set(oid, Number(size))
  }
  return sizes
}

/** How `cat-file -z` is asked for a path. @throws GitError `path_not_found` for a path that no tree can hold */
function treePath(treeish: Oid, path: string): Buffer {
  // Git reads `./x` and `../x` after the colon as relative to a working tree, of which there is none.
  if (
    path.includes('\0') ||
    path.split('/').some((part) => part === '' || part === '.' || part === '..')
  )
    throw notFound(path)
  return Buffer.concat([Buffer.from(`${requireOid(treeish)}:`), pathToBytes(path), Buffer.of(0)])
}

function notFound(path: string): GitError {
  return new GitError('path_not_found', `There is no file ${JSON.stringify(path)} in that tree.`, {
    details: { path },
  })
}
