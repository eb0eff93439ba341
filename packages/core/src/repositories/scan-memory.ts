import { createHash } from 'node:crypto'
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { WorkspaceId } from '@sluice/contract/ids'
import type { DiscoverySnapshot } from '@sluice/git/discover'
import type { CoreDeps } from '../platform/index.ts'

// A memory, not a fact: it lies in a file that may be deleted at any time and is then made anew.
function fileOf(
  deps: Pick<CoreDeps, 'folders'>,
  workspaceId: WorkspaceId,
  roots: readonly string[],
): string {
  const digest = createHash('sha256')
    .update(JSON.stringify([...roots].sort()))
    .digest('hex')
  return join(deps.folders.root, 'scans', `${workspaceId}-${digest.slice(0, 16)}.json`)
}

/** What an earlier scan of the same roots saw, so that folders that did not change are not read again. */
export async function recallScan(
  deps: Pick<CoreDeps, 'folders'>,
  workspaceId: WorkspaceId,
  roots: readonly string[],
): Promise<DiscoverySnapshot | undefined> {
  try {
    const snapshot = JSON.parse(
      await readFile(fileOf(deps, workspaceId, roots), 'utf8'),
    ) as DiscoverySnapshot
    return snapshot.version === 1 ? snapshot : undefined
  } catch {
    // None yet, or one that was cut short: the scan then reads every folder.
    return undefined
  }
}

export async function rememberScan(
  deps: Pick<CoreDeps, 'folders'>,
  workspaceId: WorkspaceId,
  roots: readonly string[],
  snapshot: DiscoverySnapshot,
): Promise<void> {
  const file = fileOf(deps, workspaceId, roots)
  await mkdir(dirname(file), { recursive: true, mode: 0o700 })
  await writeFile(`${file}.new`, JSON.stringify(snapshot), { mode: 0o600 })
  await rename(`${file}.new`, file)
}
