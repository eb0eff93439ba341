/** A recorded checkout as git objects of the shadow: manifest, index, the user's tree, and all other contents. */

import { open } from 'node:fs/promises'
import { constants } from 'node:fs'
import { absolute } from './file-walk.ts'
import type { WalkedEntry } from './file-walk.ts'
import { GitError } from './errors.ts'
import type { IndexContent } from './index-file.ts'
import { pathToBytes } from './path-text.ts'
import { runGit } from './run.ts'
import type { ShadowFolder } from './types.ts'
import type { CallOptions, Oid } from './types.ts'

/** One entry as recorded; `oid` holds a file's bytes exactly as they lie on disk. */
export type RecordedEntry = WalkedEntry & { oid?: Oid }

export type Manifest = {
  version: 1
  head: Oid | null
  headRef: string | null
  /** When the index was written; null where there was none. */
  indexMtimeMs: number | null
  protectedPaths: string[]
  /** Clock of the file system when recording began; stat data younger than this is not trusted. */
  startedNs: string
  entries: RecordedEntry[]
}

/**
 * Writes raw file contents into the shadow (what the user's store has already is not written again).
 * @returns ids by path
 */
export async function storeFiles(
  folder: ShadowFolder,
  root: string,
  paths: readonly string[],
  options: CallOptions,
): Promise<Map<string, Oid>> {
  const oids = new Map<string, Oid>()
  // `hash-object` takes paths line by line, with no NUL form, and follows links in parents: the walk has just seen
  // real folders, and no agent runs while a state is recorded.
  const plain = paths.filter((path) => !path.includes('\n'))
  if (plain.length > 0) {
    const { stdout } = await runGit({
      ...options,
      gitDir: folder.path,
      cwd: root,
      stdin: Buffer.concat(
        plain.flatMap((path) => [Buffer.from('./'), pathToBytes(path), Buffer.from('\n')]),
      ),
      args: ['hash-object', '-w', '--no-filters', '--stdin-paths'],
    })
    const lines = stdout.toString('latin1').trimEnd().split('\n')
    if (lines.length !== plain.length)
      throw new GitError('command_failed', 'git hash-object answered for fewer files than asked.')
    for (const [at, path] of plain.entries()) oids.set(path, lines[at] ?? '')
  }
  for (const path of paths) {
    if (path.includes('\n'))
      oids.set(path, await storeBytes(folder, await readWhole(root, path), options))
  }
  return oids
}

/** Writes bytes as a blob of the shadow. */
export async function storeBytes(
  folder: ShadowFolder,
  bytes: Uint8Array | string,
  options: CallOptions,
): Promise<Oid> {
  const { stdout } = await runGit({
    ...options,
    gitDir: folder.path,
    stdin: bytes,
    args: ['hash-object', '-w', '--stdin'],
  })
  return stdout.toString('latin1').trim()
}

/** A blob's bytes. */
export async function loadBytes(
  folder: ShadowFolder,
  name: string,
  options: CallOptions,
): Promise<Buffer> {
  const { stdout } = await runGit({
    ...options,
    gitDir: folder.path,
    args: ['cat-file', 'blob', name],
  })
  return stdout
}

/** Several blobs' bytes with one process, in chunks that fit into memory. */
export async function loadMany(
  folder: ShadowFolder,
  oids: Iterable<Oid>,
  options: CallOptions,
): Promise<Map<Oid, Buffer>> {
  const wanted = [...new Set(oids)]
  const found = new Map<Oid, Buffer>()
  if (wanted.length === 0) return found
  const { stdout } = await runGit({
    ...options,
    gitDir: folder.path,
    stdin: wanted.map((oid) => `${oid}\n`).join(''),
    maxOutputBytes: Number.POSITIVE_INFINITY,
    args: ['cat-file', '--batch'],
  })
  // "<oid> blob <size>\n<bytes>\n", or "<oid> missing\n".
  for (let at = 0; at < stdout.length;) {
    const end = stdout.indexOf(10, at)
    const [oid = '', kind, size] = stdout.toString('latin1', at, end).split(' ')
    if (kind !== 'blob') {
      throw new GitError('missing_object', `The recorded content ${oid} is gone.`, {
        details: { oid },
      })
    }
    const start = end + 1
    found.set(oid, stdout.subarray(start, start + Number(size)))
    at = start + Number(size) + 1
  }
  return found
}

/** Puts the parts of a record into one tree, so that one hidden ref keeps them all. */
export async function storeRecord(
  folder: ShadowFolder,
  input: { manifest: Manifest; index: IndexContent | null; tree: Oid },
  options: CallOptions,
): Promise<Oid> {
  const manifest = await storeBytes(folder, JSON.stringify(input.manifest), options)
  const index = await storeBytes(folder, input.index?.bytes ?? '', options)
  const contents = new Set(
    input.manifest.entries.flatMap((entry) => (entry.oid === undefined ? [] : [entry.oid])),
  )
  const raw = await makeTree(
    folder,
    [...contents].map((oid) => `100644 blob ${oid}\t${oid}`),
    options,
  )
  return makeTree(
    folder,
    [
      `040000 tree ${input.tree}\tfiles`,
      `100644 blob ${index}\tindex`,
      `100644 blob ${manifest}\tmanifest`,
      `040000 tree ${raw}\traw`,
    ],
    options,
  )
}

/** @throws GitError `missing_object` when the record was dropped */
export async function loadRecord(
  folder: ShadowFolder,
  id: Oid,
  options: CallOptions,
): Promise<{ manifest: Manifest; index: IndexContent | null }> {
  const manifest = JSON.parse(
    (await loadBytes(folder, `${id}:manifest`, options)).toString('utf8'),
  ) as Manifest
  return {
    manifest,
    index:
      manifest.indexMtimeMs === null
        ? null
        : {
            bytes: await loadBytes(folder, `${id}:index`, options),
            mtimeMs: manifest.indexMtimeMs,
          },
  }
}

async function makeTree(
  folder: ShadowFolder,
  lines: readonly string[],
  options: CallOptions,
): Promise<Oid> {
  const { stdout } = await runGit({
    ...options,
    gitDir: folder.path,
    stdin: lines.map((line) => `${line}\0`).join(''),
    args: ['mktree', '-z'],
  })
  return stdout.toString('latin1').trim()
}

async function readWhole(root: string, path: string): Promise<Buffer> {
  const handle = await open(absolute(root, path), constants.O_RDONLY | constants.O_NOFOLLOW)
  try {
    return await handle.readFile()
  } finally {
    await handle.close()
  }
}
