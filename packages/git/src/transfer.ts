/** Copies objects from the shadow into the user's repository: no hooks, no FETCH_HEAD, no automatic gc. */

import { runGit } from './run.ts'
import type { ShadowFolder } from './types.ts'
import type { CallOptions, Oid } from './types.ts'

/** Fewer objects than this are written one by one, as `git fetch` does (fetch.unpackLimit). */
const UNPACK_LIMIT = 100
const MAX_BOUNDARIES = 1_000

/** Makes a commit with all it needs available in the user's repository. Idempotent. */
export async function copyCommit(
  folder: ShadowFolder,
  commit: Oid,
  options: CallOptions,
): Promise<void> {
  const { stdout } = await runGit({
    ...options,
    trust: 'user',
    gitDir: folder.userGitDir,
    args: [
      'for-each-ref',
      '--sort=-creatordate',
      `--count=${MAX_BOUNDARIES}`,
      '--format=%(objectname)',
      'refs/heads/',
      'refs/remotes/',
    ],
  })
  const known = stdout
    .toString('latin1')
    .split('\n')
    .filter((line) => line !== '' && line !== commit)
  // What the user's repository has is borrowed, and `--local` leaves borrowed objects out; the boundaries only save
  // walking the whole history.
  await copyPack(folder, ['--revs', '--local'], [commit, ...known.map((oid) => `^${oid}`)], options)
}

/** Makes single objects available. Idempotent. */
export async function copyObjects(
  folder: ShadowFolder,
  oids: readonly Oid[],
  options: CallOptions,
): Promise<void> {
  if (oids.length > 0) await copyPack(folder, ['--local'], oids, options)
}

async function copyPack(
  folder: ShadowFolder,
  flags: string[],
  lines: readonly string[],
  options: CallOptions,
): Promise<void> {
  const { stdout: pack } = await runGit({
    ...options,
    gitDir: folder.path,
    stdin: lines.map((line) => `${line}\n`).join(''),
    args: ['pack-objects', '-q', '--stdout', ...flags],
  })
  // Pack header: "PACK", version, number of objects, big-endian (gitformat-pack(5)).
  const count = pack.length >= 12 ? pack.readUInt32BE(8) : 0
  if (count === 0) return
  await runGit({
    ...options,
    trust: 'user',
    gitDir: folder.userGitDir,
    stdin: pack,
    args:
      count <= UNPACK_LIMIT ? ['unpack-objects', '-q'] : ['index-pack', '--stdin', '--fix-thin'],
  })
}
