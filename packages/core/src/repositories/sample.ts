import { createId } from '@sluice/contract/ids'
import type { Repository } from '@sluice/contract/repository'
import { rm } from 'node:fs/promises'
import type { CoreDeps, Scope } from '../platform/index.ts'
import { createSampleRepository, sampleTask } from '../sample/index.ts'
import { registerRepository } from './add.ts'

/** Makes a fresh sample repository in the data folder; each call makes another one. */
export async function addSampleRepository(
  deps: CoreDeps,
  scope: Scope,
  signal?: AbortSignal,
): Promise<Repository> {
  const id = createId('rep')
  const path = deps.folders.samples(id)
  try {
    await createSampleRepository(path)
    const gates = sampleTask().gates.map((gate) => ({
      ...gate,
      timeoutSeconds: 120,
      isBlocking: true,
      isEnabled: true,
      foundFrom: 'the sample',
    }))
    return await registerRepository(
      deps,
      scope,
      { id, path, name: 'sample', isSample: true, gates },
      signal,
    )
  } catch (error) {
    await rm(path, { recursive: true, force: true })
    throw error
  }
}
