/** The one error type of this package: a code to branch on, a message for people, and what git itself said. */

/** Why a git operation did not happen. Codes are stable; messages are not. */
export type GitErrorCode =
  | 'aborted'
  | 'auth_failed'
  | 'bad_name'
  | 'bad_path'
  | 'bad_ref'
  | 'command_failed'
  | 'conflict'
  | 'destination_exists'
  | 'detached_head'
  | 'dirty_work_tree'
  | 'disk_full'
  | 'dubious_ownership'
  | 'file_too_large'
  | 'git_missing'
  | 'git_too_old'
  | 'head_moved'
  | 'ignored_too_large'
  | 'missing_object'
  | 'network'
  | 'no_commit'
  | 'not_a_repository'
  | 'not_fast_forward'
  | 'operation_in_progress'
  | 'output_too_large'
  | 'overlap'
  | 'path_not_found'
  | 'permission_denied'
  | 'protocol_not_permitted'
  | 'ref_exists'
  | 'ref_moved'
  | 'remote_rejected'
  | 'repository_locked'
  | 'timeout'
  | 'unsupported_repository'
  | 'unsupported_url'
  | 'workspace_lost'

/** Facts that a page can show beside the message (paths, sizes, shas). Always plain JSON. */
export type GitErrorDetails = Readonly<Record<string, unknown>>

export class GitError extends Error {
  override readonly name = 'GitError'
  readonly code: GitErrorCode
  /** What git wrote to its standard error, cut to a readable length; empty when git was not the one that failed. */
  readonly stderr: string
  readonly details: GitErrorDetails

  constructor(
    code: GitErrorCode,
    message: string,
    extra: { stderr?: string; details?: GitErrorDetails; cause?: unknown } = {},
  ) {
    super(message, extra.cause === undefined ? undefined : { cause: extra.cause })
    this.code = code
    this.stderr = extra.stderr ?? ''
    this.details = extra.details ?? {}
  }
}

/** Whether an unknown error is a `GitError`, optionally with exactly this code. */
export function isGitError(error: unknown, code?: GitErrorCode): error is GitError {
  return error instanceof GitError && (code === undefined || error.code === code)
}
