/**
 * Shapes shared by several modules of this package.
 *
 * Paths inside a repository are *path texts*: ordinary strings when the name is valid UTF-8; bytes that are not
 * are carried by private code points so that the text is lossless, valid JSON and valid in Postgres
 * (`path-text.ts`). A path text uses `/` and is relative to the working tree.
 */

/** A full object id: 40 hex digits (SHA-1) or 64 (SHA-256). */
export type Oid = string

/** Every call that starts a process or walks a tree takes this. */
export type CallOptions = { signal?: AbortSignal; timeoutMs?: number }

/** Who made something; `at` is an ISO time or a Date and keeps its seconds. */
export type Person = { name: string; email: string }

/** How a file differs between two trees: added, modified, deleted, renamed, copied, type changed. */
export type ChangeStatus = 'A' | 'M' | 'D' | 'R' | 'C' | 'T'

/** One file's difference between two trees. */
export type ChangedFile = {
  status: ChangeStatus
  /** Path after the change (before it, for a deletion). */
  path: string
  /** Where a renamed or copied file came from, else null. */
  oldPath: string | null
  /** Git modes as octal text (`100644`, `100755`, `120000`, `160000`), null on the side that does not exist. */
  oldMode: string | null
  newMode: string | null
  oldOid: Oid | null
  newOid: Oid | null
  /** Percent of likeness for R and C, else null. */
  similarity: number | null
  isBinary: boolean
  /** Lines; 0 for binary files. */
  additions: number
  deletions: number
  /** Bytes, null on the side that does not exist and for submodules. */
  oldSizeBytes: number | null
  newSizeBytes: number | null
}

/** A path that a merge could not settle, with git's kind of conflict (`CONFLICT (contents)` …). */
export type MergeConflict = { path: string; kind: string }

/** Why changes cannot be put together: the paths, and git's own words. */
export type MergeConflicts = { paths: string[]; conflicts: MergeConflict[]; messages: string }

export type MergeResult =
  | { tree: Oid; conflicts?: undefined }
  | { tree?: undefined; conflicts: MergeConflicts }

export type CommitInput = CallOptions & {
  tree: Oid
  parents: Oid[]
  message: string
  author: Person
  committer: Person
  /** Both author and committer time, so that a repeated call makes the same commit id. */
  at: Date
}

/** What the functions behind `Shadow` need to know. */
export type ShadowFolder = {
  readonly path: string
  /** Real path of the user's repository. */
  readonly repositoryPath: string
  /** Git folder of the user's repository (of this worktree), and the one that holds its refs and objects. */
  readonly userGitDir: string
  readonly userCommonDir: string
  readonly objectFormat: 'sha1' | 'sha256'
  /** Object folders that a sandbox must bind read-only for git to work inside: ours, then the borrowed ones. */
  readonly objectDirs: readonly string[]
}
