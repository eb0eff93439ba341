import { join } from 'node:path'
import { SluiceError } from '@sluice/contract/errors'
import type { SandboxProviderName } from '@sluice/contract/repository'
import type { WorkspaceSettings } from '@sluice/contract/settings'
import { SANDBOX_GIT_ENVIRONMENT } from '@sluice/git/look-git'
import type { Sandbox, SandboxMount } from '@sluice/sandbox/sandbox'
import type { CoreDeps } from '../platform/index.ts'
import { checkSandbox } from './check.ts'
import { findDependencyMounts, liesIn } from './dependencies.ts'

export interface OpenSandbox {
  /** Unique among those open; letters, digits, `-` and `_`. */
  id: string
  provider: SandboxProviderName
  workTree: string
  /** Git folders that commands may look at, at these same absolute paths. */
  readOnlyPaths: readonly string[]
  /** What lies in the work tree and may be read only, relative to it. */
  readOnlyInside?: readonly string[]
  /** The user's checkout, whose dependency folders are shown; null in place, where they are there already. */
  dependenciesOf: string | null
  settings: WorkspaceSettings
}

/**
 * Opens the sandbox that an agent or a gate of a workspace works in.
 * @throws SluiceError sandbox_unavailable with how to install it
 */
export async function openSandbox(
  deps: CoreDeps,
  input: OpenSandbox,
  signal?: AbortSignal,
): Promise<Sandbox> {
  const provider = deps.sandboxes[input.provider]
  const check = await checkSandbox(provider, signal)
  if (!check.available)
    throw new SluiceError('sandbox_unavailable', `${check.reason} ${check.remedy}`, {
      details: { provider: input.provider },
    })
  const dependencies =
    input.dependenciesOf === null
      ? []
      : await findDependencyMounts(input.dependenciesOf, (path) => liesIn(input.workTree, path))
  const gitFolders: SandboxMount[] = [
    ...input.readOnlyPaths.map((path) => ({
      source: path,
      target: path,
      mode: 'read-only' as const,
    })),
    ...(input.readOnlyInside ?? []).map((path) => ({
      source: join(input.workTree, path),
      target: path,
      mode: 'read-only' as const,
    })),
  ]
  return provider.open({
    id: input.id,
    workTree: input.workTree,
    readOnlyMounts: [...gitFolders, ...dependencies],
    env: { ...SANDBOX_GIT_ENVIRONMENT },
    limits: {
      memoryBytes: input.settings.sandboxMemoryMegabytes * 1024 * 1024,
      processes: input.settings.sandboxProcesses,
    },
  })
}
