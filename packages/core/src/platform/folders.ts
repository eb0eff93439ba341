import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { RepositoryId, SessionId } from '@sluice/contract/ids'

/** Where each kind of thing lies below the data folder. Ids are safe as file names. */
export interface DataFolders {
  root: string
  /** Our bare repository beside a user's one. */
  shadow(repositoryId: RepositoryId): string
  /** A session's working tree. */
  session(sessionId: SessionId): string
  /** Clean checkouts that a task's gates run on. */
  gates(ownerId: string): string
  clones(repositoryId: RepositoryId): string
  samples(repositoryId: RepositoryId): string
  artifact(artifactId: string): string
}

/** Lays out the data folder, making what is missing. */
export async function createDataFolders(root: string): Promise<DataFolders> {
  const names = ['shadows', 'sessions', 'gates', 'repositories', 'samples', 'artifacts']
  for (const name of names) await mkdir(join(root, name), { recursive: true, mode: 0o700 })
  return {
    root,
    shadow: (id) => join(root, 'shadows', id),
    session: (id) => join(root, 'sessions', id),
    gates: (id) => join(root, 'gates', id),
    clones: (id) => join(root, 'repositories', id),
    samples: (id) => join(root, 'samples', id),
    // Two hex digits of the random tail spread the files over 256 folders.
    artifact: (id) => join(root, 'artifacts', id.slice(-2), id),
  }
}
