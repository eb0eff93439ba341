import type { RepositoryId } from '@sluice/contract/ids'
import type { Repository } from '@sluice/contract/repository'
import type { Client } from '@sluice/sdk/client'
import { failureOf, notFoundError, usageError } from './exit-code.ts'
import { findByPrefix } from './find-by-prefix.ts'
import { absolutePath, findGitRoot, looksLikePath } from './git-root.ts'

export interface FoundRepository {
  repository: Repository
  /** It was not known to the workspace before. */
  isNew: boolean
}

/**
 * The repository that a person means: an id or a beginning of one, a name, or a folder, which
 * is looked up to the root of its repository and added where the workspace does not know it.
 * A word without a slash is a name before it is a folder.
 * @throws CommandError not_found, usage (several of that name); ApiError
 */
export async function findRepository(
  client: Client,
  text: string,
  cwd: string,
): Promise<FoundRepository> {
  if (/^rep_[0-9a-f]{32}$/.test(text)) {
    return known(await client.repositories.get({ repositoryId: text as RepositoryId }))
  }
  if (!looksLikePath(text)) {
    const byName = await findByName(client, text)
    if (byName !== undefined) return known(byName)
    const byId = text.startsWith('rep_')
      ? await findByPrefix(text, 'rep', (page) => client.repositories.list(page))
      : undefined
    if (byId !== undefined) return known(byId)
  }
  const path = absolutePath(text, cwd)
  const root = await findGitRoot(path)
  if (root === undefined && !looksLikePath(text)) {
    throw notFoundError(
      `There is no repository "${text}", and no folder of that name in one. \`sluice repos list\` shows them.`,
    )
  }
  // A folder that is not on this machine may be on the server's: the server knows.
  return addFolder(client, root ?? path)
}

const known = (repository: Repository): FoundRepository => ({ repository, isNew: false })

async function findByName(client: Client, name: string): Promise<Repository | undefined> {
  const fitting: Repository[] = []
  let cursor: string | undefined
  do {
    const page = await client.repositories.list({ search: name.slice(0, 200), limit: 200, cursor })
    fitting.push(...page.items.filter((item) => item.name === name))
    cursor = page.nextCursor
  } while (cursor !== undefined)
  if (fitting.length > 1) {
    const some = fitting.slice(0, 5).map(({ id, path }) => `  ${id}  ${path}`)
    throw usageError(
      `Several repositories are named "${name}"; give the id or the path:\n${some.join('\n')}`,
    )
  }
  return fitting[0]
}

/** Adds a folder; one that the workspace has already is found instead. */
async function addFolder(client: Client, path: string): Promise<FoundRepository> {
  const before = await findByPath(client, path)
  if (before !== undefined) return known(before)
  try {
    return { repository: await client.repositories.add({ path }), isNew: true }
  } catch (error) {
    const { code, details } = failureOf(error)
    const repositoryId = (details as { repositoryId?: RepositoryId } | undefined)?.repositoryId
    if (code !== 'conflict' || repositoryId === undefined) throw error
    return known(await client.repositories.get({ repositoryId }))
  }
}

async function findByPath(client: Client, path: string): Promise<Repository | undefined> {
  let cursor: string | undefined
  do {
    const page = await client.repositories.list({ search: path.slice(0, 200), limit: 200, cursor })
    const repository = page.items.find((item) => item.path === path)
    if (repository !== undefined) return repository
    cursor = page.nextCursor
  } while (cursor !== undefined)
  return undefined
}
