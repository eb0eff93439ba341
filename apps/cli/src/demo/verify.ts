import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { serverEnvironment } from '../env.ts'
import { CommandError, exitCode } from '../exit-code.ts'

const run = promisify(execFile)
const timeoutMs = 30_000

/**
 * Asks git itself whether the branch's tip is the commit and the commit's tree is the one that
 * was reviewed: the server's word is not proof either.
 * @throws CommandError not_verified
 */
export async function verifyCommit(expected: {
  repository: string
  branch: string
  commit: string
  treeId: string
  signal: AbortSignal
}): Promise<void> {
  const { repository, branch, commit, treeId, signal } = expected
  const git = async (revision: string): Promise<string> => {
    const { stdout } = await run(
      'git',
      ['-C', repository, 'rev-parse', '--verify', '--end-of-options', revision],
      { env: serverEnvironment({}), signal, timeout: timeoutMs },
    )
    return stdout.trim()
  }
  const tip = await git(`refs/heads/${branch}^{commit}`)
  const tree = await git(`${commit}^{tree}`)
  const problem =
    tip !== commit
      ? `The tip of ${branch} is ${tip}, not the commit ${commit}.`
      : tree !== treeId
        ? `The commit’s tree is ${tree}, not the reviewed tree ${treeId}.`
        : undefined
  if (problem !== undefined) throw new CommandError('not_verified', exitCode.failed, problem)
}
