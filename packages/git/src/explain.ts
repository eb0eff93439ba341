/** Turns what git wrote into one of our codes. Pure. */

import { GitError } from './errors.ts'
import type { GitErrorCode } from './errors.ts'

const MAX_STDERR = 4_000

/** In order: the first match decides. Patterns are git's English messages (LC_ALL=C), ssh's and curl's. */
const PATTERNS: ReadonlyArray<readonly [RegExp, GitErrorCode]> = [
  [/detected dubious ownership/, 'dubious_ownership'],
  [
    /not a git repository|does not appear to be a git repository|repository '.*' (not found|does not exist)/i,
    'not_a_repository',
  ],
  [/No space left on device|Disk quota exceeded|disk full/i, 'disk_full'],
  [
    /Unable to create '.*\.lock': File exists|index\.lock.*exists|cannot lock ref .*: Unable to create/s,
    'repository_locked',
  ],
  [
    /cannot lock ref .*: is at .* but expected|cannot lock ref .*reference already exists/s,
    'ref_moved',
  ],
  [/cannot lock ref .* (exists; cannot create|conflict)/s, 'ref_exists'],
  [
    /Authentication failed|could not read (Username|Password)|Permission denied \(|Host key verification failed|HTTP Basic: Access denied|The requested URL returned error: 40[13]|terminal prompts disabled/i,
    'auth_failed',
  ],
  [/transport '.*' not allowed/, 'protocol_not_permitted'],
  [
    /Could not resolve (host|proxy)|Connection (refused|timed out|reset)|Failed to connect|Network is unreachable|The remote end hung up|early EOF|unable to access|RPC failed|Could not read from remote repository|unable to connect|Operation timed out|kex_exchange_identification/i,
    'network',
  ],
  [/\[(remote )?rejected\]|pre-receive hook declined|failed to push some refs/, 'remote_rejected'],
  [/The requested URL returned error: 404/, 'not_a_repository'],
  [/already exists and is not an empty directory/, 'destination_exists'],
  [
    /untracked working tree files would be|not uptodate\. Cannot|would be overwritten by merge|Untracked working tree file/,
    'dirty_work_tree',
  ],
  [
    /missing (blob|tree|commit|object)|unable to read (sha1 file|tree|object)|bad object|invalid object|Could not read [0-9a-f]{40}|unable to find [0-9a-f]{40}|not a valid object/i,
    'missing_object',
  ],
  [
    /unknown revision|bad revision|ambiguous argument|Needed a single revision|not a valid (object|ref) name|invalid reference/i,
    'bad_ref',
  ],
  [
    /Permission denied|Operation not permitted|Read-only file system|insufficient permission/i,
    'permission_denied',
  ],
]

/** The code for a failed command's standard error. */
export function codeFromStderr(stderr: string): GitErrorCode {
  return PATTERNS.find(([pattern]) => pattern.test(stderr))?.[1] ?? 'command_failed'
}

/** The error for a command that ended with `exitCode`. */
export function errorFromGit(what: string, exitCode: number, stderr: string): GitError {
  const text = withoutPasswords(stderr.trim().slice(-MAX_STDERR))
  const said = lastMessage(text)
  return new GitError(
    codeFromStderr(text),
    `${what} failed (exit ${exitCode})${said === '' ? '.' : `: ${said}`}`,
    {
      stderr: text,
      details: { exitCode },
    },
  )
}

/** Takes user names and passwords out of every address in a text. */
export function withoutPasswords(text: string): string {
  return text.replace(/([a-z][a-z0-9+.-]*:\/\/)[^/@\s'"]*@/gi, '$1')
}

function lastMessage(stderr: string): string {
  const lines = stderr.split(/[\r\n]+/).filter((line) => line.trim() !== '')
  const fatal = lines.findLast((line) => /^(fatal|error):/.test(line))
  return (fatal ?? lines.at(-1) ?? '').slice(0, 500)
}
