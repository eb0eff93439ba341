/** Differences between two trees. Files are compared by object id, so no name ever reaches a command line. */

import { GitError } from './errors.ts'
import { readNumstat, readRaw } from './diff-parse.ts'
import { blobSizes } from './objects.ts'
import { requireOid } from './refs.ts'
import { runGit } from './run.ts'
import type { ShadowFolder } from './types.ts'
import type { CallOptions, ChangedFile, Oid } from './types.ts'

const DEFAULT_MAX_PATCH_BYTES = 20 * 1024 * 1024
/** Above this many new and deleted files git skips looking for renames that also change. */
const RENAME_LIMIT = 2_000

export type PatchOptions = CallOptions & {
  /** Lines of context, default 3. */
  context?: number
  /** Leaves out lines that differ in white space only. */
  ignoreWhitespace?: boolean
  /** A longer patch is cut at a line end and marked; default 20 MB. */
  maxBytes?: number
}

export type FilePatch = {
  file: ChangedFile
  /** Unified hunks from the first `@@` on, as text (bytes that are not UTF-8 as U+FFFD); empty for binary files. */
  patch: string
  isCut: boolean
}

const DIFF_ARGS = ['--no-ext-diff', '--no-textconv', '--no-color', '--full-index']

export async function changedFiles(
  folder: ShadowFolder,
  baseTree: Oid,
  tree: Oid,
  options: CallOptions = {},
): Promise<ChangedFile[]> {
  const { stdout } = await runGit({
    ...options,
    gitDir: folder.path,
    args: [
      'diff-tree',
      '-r',
      '-z',
      '-M',
      `-l${RENAME_LIMIT}`,
      '--raw',
      '--numstat',
      ...DIFF_ARGS,
      requireOid(baseTree),
      requireOid(tree),
    ],
  })
  const { entries, rest } = readRaw(stdout)
  const counts = readNumstat(rest)
  const isBlob = (mode: string | null): boolean => mode !== null && mode !== '160000'
  const sizes = await blobSizes(
    folder,
    entries.flatMap((entry) => [
      ...(entry.oldOid !== null && isBlob(entry.oldMode) ? [entry.oldOid] : []),
      ...(entry.newOid !== null && isBlob(entry.newMode) ? [entry.newOid] : []),
    ]),
    options,
  )
  return entries.map((entry) => ({
    ...entry,
    ...(counts.get(entry.path) ?? { additions: 0, deletions: 0, isBinary: false }),
    oldSizeBytes: sizes.get(entry.oldOid ?? '') ?? null,
    newSizeBytes: sizes.get(entry.newOid ?? '') ?? null,
  }))
}

export async function filePatch(
  folder: ShadowFolder,
  baseTree: Oid,
  tree: Oid,
  path: string,
  options: PatchOptions = {},
): Promise<FilePatch> {
  const {
    context = 3,
    ignoreWhitespace = false,
    maxBytes = DEFAULT_MAX_PATCH_BYTES,
    ...call
  } = options
  const file = (await changedFiles(folder, baseTree, tree, call)).find(
    (entry) => entry.path === path,
  )
  if (file === undefined) {
    throw new GitError(
      'path_not_found',
      `${JSON.stringify(path)} does not differ between the two trees.`,
      { details: { path } },
    )
  }
  if (file.oldMode === '160000' || file.newMode === '160000')
    return { file, patch: submodulePatch(file), isCut: false }
  if (file.isBinary || file.oldOid === file.newOid) return { file, patch: '', isCut: false }
  const empty = await emptyBlob(folder, call)
  const chunks: Buffer[] = []
  let size = 0
  const stop = new AbortController()
  const signal =
    call.signal === undefined ? stop.signal : AbortSignal.any([stop.signal, call.signal])
  try {
    await runGit({
      ...call,
      signal,
      gitDir: folder.path,
      args: [
        'diff',
        ...DIFF_ARGS,
        `-U${Math.max(0, Math.min(Math.trunc(context), 1_000_000))}`,
        ...(ignoreWhitespace ? ['--ignore-all-space'] : []),
        // Blobs carry no name: attributes and drivers by path cannot apply, and "binary" has been decided above.
        '--text',
        file.oldOid ?? empty,
        file.newOid ?? empty,
        '--',
      ],
      onStdout: (chunk) => {
        if (size <= maxBytes) chunks.push(chunk)
        size += chunk.length
        if (size > maxBytes) stop.abort()
      },
    })
  } catch (error) {
    // Stopping git because the patch is long enough is not a failure.
    if (!stop.signal.aborted || call.signal?.aborted) throw error
  }
  return { file, ...cutPatch(Buffer.concat(chunks), maxBytes) }
}

function cutPatch(output: Buffer, maxBytes: number): { patch: string; isCut: boolean } {
  const isCut = output.length > maxBytes
  const kept = isCut ? output.subarray(0, output.lastIndexOf(10, maxBytes) + 1) : output
  const start = kept.subarray(0, 2).toString('latin1') === '@@' ? 0 : kept.indexOf('\n@@ ') + 1
  // No hunk at all: only the header, for example when white space is left out.
  if (start === 0 && !kept.subarray(0, 3).equals(Buffer.from('@@ '))) return { patch: '', isCut }
  return { patch: kept.subarray(start).toString('utf8'), isCut }
}

function submodulePatch(file: ChangedFile): string {
  const line = (sign: string, mode: string | null, oid: Oid | null): string =>
    mode === '160000' && oid !== null ? `${sign}Subproject commit ${oid}\n` : ''
  const before = line('-', file.oldMode, file.oldOid)
  const after = line('+', file.newMode, file.newOid)
  return `@@ -${before === '' ? '0,0' : '1'} +${after === '' ? '0,0' : '1'} @@\n${before}${after}`
}

/** Stands for the side that does not exist. */
async function emptyBlob(folder: ShadowFolder, options: CallOptions): Promise<Oid> {
  const { stdout } = await runGit({
    ...options,
    gitDir: folder.path,
    stdin: '',
    args: ['hash-object', '-w', '--stdin'],
  })
  return stdout.toString('utf8').trim()
}
