import { SluiceError } from '@sluice/contract/errors'
import type { Repository, SandboxProviderName } from '@sluice/contract/repository'
import type { WorkspaceSettings } from '@sluice/contract/settings'
import type { CoreDeps } from '../platform/index.ts'
import { checkSandbox } from './check.ts'

/**
 * The sandbox that a new session gets: the wished one, the repository's, or the workspace's.
 * The sample alone may fall back to none, since what it replays is ours.
 * @throws SluiceError sandbox_unavailable, invalid_input (unsandboxed is not allowed here)
 */
export async function chooseSandbox(
  deps: Pick<CoreDeps, 'sandboxes'>,
  settings: WorkspaceSettings,
  repository: Pick<Repository, 'sandboxProvider' | 'isSample'>,
  wish: SandboxProviderName | undefined,
  signal?: AbortSignal,
): Promise<SandboxProviderName> {
  const name = wish ?? repository.sandboxProvider ?? settings.sandboxProvider
  if (name === 'worktree' && !settings.allowUnsandboxed && !repository.isSample) {
    throw new SluiceError(
      'invalid_input',
      'This workspace does not allow commands without a sandbox. An admin can change that in the settings.',
      {
        details: { field: 'sandboxProvider' },
      },
    )
  }
  const check = await checkSandbox(deps.sandboxes[name], signal)
  if (check.available) return name
  if (repository.isSample) return 'worktree'
  throw new SluiceError('sandbox_unavailable', `${check.reason} ${check.remedy}`, {
    details: { provider: name },
  })
}
