import type { RepositoryId } from '@sluice/contract/ids'
import { openShadow, type Shadow } from '@sluice/git/shadow'
import { listBranches, listFiles } from '@sluice/git/status'
import type { CoreDeps, Scope } from '../platform/index.ts'
import { getRepository } from './queries.ts'
import { fromGitError } from './status.ts'

const gitTimeoutMs = 30_000
const smallFileBytes = 256 * 1024

/** Opens our bare repository beside a user's one. @throws GitError */
export function openRepositoryShadow(
  deps: Pick<CoreDeps, 'folders'>,
  repository: { id: RepositoryId; path: string },
  signal?: AbortSignal,
): Promise<Shadow> {
  return openShadow({
    shadowPath: deps.folders.shadow(repository.id),
    repositoryPath: repository.path,
    signal,
    timeoutMs: gitTimeoutMs,
  })
}

/** The tracked files of HEAD, read from git so that no link in the working tree is followed. @throws GitError */
export async function readFilesOfHead(
  deps: Pick<CoreDeps, 'folders'>,
  repository: { id: RepositoryId; path: string },
  signal?: AbortSignal,
) {
  const shadow = await openRepositoryShadow(deps, repository, signal)
  const commit = await shadow.resolveCommit('HEAD', { signal })
  const { files } = await listFiles(repository.path, { signal, timeoutMs: gitTimeoutMs })
  return {
    paths: new Set(files),
    read: async (path: string) => {
      const { bytes } = await shadow.readBlob(commit, path, { signal, maxBytes: smallFileBytes })
      return bytes.toString('utf8')
    },
  }
}

/** Local branches, newest commit first. @throws SluiceError not_found, not_a_repository */
export async function listRepositoryBranches(
  deps: CoreDeps,
  scope: Scope,
  repositoryId: RepositoryId,
  signal?: AbortSignal,
) {
  const { path } = await getRepository(deps, scope, repositoryId)
  try {
    const branches = await listBranches(path, { signal, timeoutMs: gitTimeoutMs })
    return branches
      .filter(({ isRemote }) => !isRemote)
      .map(({ name, sha, isCurrent }) => ({ name, sha, isCurrent }))
  } catch (error) {
    throw fromGitError(error)
  }
}

/** Tracked files whose path holds the text; matches of the file name stand first. */
export async function findRepositoryFiles(
  deps: CoreDeps,
  scope: Scope,
  input: { repositoryId: RepositoryId; search: string; limit: number },
  signal?: AbortSignal,
): Promise<string[]> {
  const { path } = await getRepository(deps, scope, input.repositoryId)
  try {
    const { files } = await listFiles(path, { signal, timeoutMs: gitTimeoutMs })
    const wanted = input.search.toLowerCase()
    const matches = files.filter((file) => file.toLowerCase().includes(wanted))
    const isNameMatch = (file: string) =>
      file
        .slice(file.lastIndexOf('/') + 1)
        .toLowerCase()
        .includes(wanted)
    return matches
      .sort((a, b) => Number(isNameMatch(b)) - Number(isNameMatch(a)) || a.length - b.length)
      .slice(0, input.limit)
  } catch (error) {
    throw fromGitError(error)
  }
}

const instructionName = /(^|\/)(AGENTS|CLAUDE)\.md$/

/** The instructions for agents that HEAD holds, nearest to the root first. */
export async function listInstructions(
  deps: CoreDeps,
  scope: Scope,
  repositoryId: RepositoryId,
  signal?: AbortSignal,
) {
  const repository = await getRepository(deps, scope, repositoryId)
  if (repository.status?.head == null) return []
  try {
    const files = await readFilesOfHead(deps, repository, signal)
    const paths = [...files.paths]
      .filter((path) => instructionName.test(path))
      .sort((a, b) => a.split('/').length - b.split('/').length)
    return await Promise.all(
      paths.slice(0, 20).map(async (path) => ({ path, text: await files.read(path) })),
    )
  } catch (error) {
    throw fromGitError(error)
  }
}
