import type { SandboxAvailability } from '@sluice/contract/settings'
import type { CoreDeps } from '../platform/index.ts'

/** Tries each sandbox provider for real and says how to get the missing ones. */
export function listSandboxes(
  deps: CoreDeps,
  signal?: AbortSignal,
): Promise<SandboxAvailability[]> {
  return Promise.all(
    Object.values(deps.sandboxes).map(async (provider) => {
      const check = await provider.check(signal)
      return {
        name: provider.name,
        isIsolating: provider.isolates,
        isAvailable: check.available,
        version: check.available ? check.version : null,
        reason: check.available ? null : check.reason,
        remedy: check.available ? null : check.remedy,
      }
    }),
  )
}
