import {
  addRepository,
  addSampleRepository,
  cancelClone,
  cancelScan,
  cloneRepository,
  findRepositoryFiles,
  findRepositoryGates,
  getRepository,
  getScan,
  listInstructions,
  listRepositories,
  listRepositoryBranches,
  listRepositoryGates,
  refreshRepository,
  removeRepository,
  startScan,
  updateRepository,
} from '@sluice/core/repositories'
import {
  insertGate,
  listGateResults,
  removeGate,
  reorderGates,
  requireGateResultRow,
  toGateResult,
  updateGate,
} from '@sluice/core/gates'
import { readGateOutput, tryGate } from '@sluice/core/tasks'
import { getTask } from '@sluice/core/sessions'
import { done, toFile } from './answers.ts'
import { scoped } from './operations.ts'

const { repositories, gates } = scoped

export const repositoryOperations = {
  list: repositories.list.handler(({ context, input }) =>
    listRepositories(context.server.core, context.scope, input),
  ),
  get: repositories.get.handler(({ context, input }) =>
    getRepository(context.server.core, context.scope, input.repositoryId),
  ),
  add: repositories.add.handler(({ context, input, signal }) =>
    addRepository(context.server.core, context.scope, input, signal),
  ),
  clone: repositories.clone.handler(({ context, input }) =>
    cloneRepository(context.server.core, context.scope, input),
  ),
  cancelClone: repositories.cancelClone.handler(({ context, input }) =>
    done(cancelClone(context.server.core, context.scope, input.repositoryId)),
  ),
  update: repositories.update.handler(({ context, input: { repositoryId, ...change } }) =>
    updateRepository(context.server.core, context.scope, repositoryId, change),
  ),
  remove: repositories.remove.handler(({ context, input }) =>
    done(removeRepository(context.server.core, context.scope, input.repositoryId)),
  ),
  refresh: repositories.refresh.handler(({ context, input, signal }) =>
    refreshRepository(context.server.core, context.scope, input.repositoryId, signal),
  ),
  branches: repositories.branches.handler(async ({ context, input, signal }) => ({
    items: await listRepositoryBranches(
      context.server.core,
      context.scope,
      input.repositoryId,
      signal,
    ),
  })),
  files: repositories.files.handler(async ({ context, input, signal }) => ({
    items: await findRepositoryFiles(context.server.core, context.scope, input, signal),
  })),
  instructions: repositories.instructions.handler(async ({ context, input, signal }) => ({
    items: await listInstructions(context.server.core, context.scope, input.repositoryId, signal),
  })),
  scan: repositories.scan.handler(({ context, input }) =>
    startScan(context.server.core, context.scope, input),
  ),
  scanState: repositories.scanState.handler(({ context }) =>
    getScan(context.server.core, context.scope),
  ),
  cancelScan: repositories.cancelScan.handler(({ context }) =>
    cancelScan(context.server.core, context.scope),
  ),
  addSample: repositories.addSample.handler(({ context, signal }) =>
    addSampleRepository(context.server.core, context.scope, signal),
  ),
}

export const gateOperations = {
  list: gates.list.handler(async ({ context, input }) => ({
    items: await listRepositoryGates(context.server.core, context.scope, input.repositoryId),
  })),
  find: gates.find.handler(({ context, input, signal }) =>
    findRepositoryGates(context.server.core, context.scope, input.repositoryId, signal),
  ),
  create: gates.create.handler(async ({ context, input: { repositoryId, ...gate } }) => {
    const { core } = context.server
    await getRepository(core, context.scope, repositoryId)
    return core.db.scoped(context.scope, (tx) =>
      insertGate(core, tx, context.scope, repositoryId, gate),
    )
  }),
  update: gates.update.handler(({ context, input: { gateId, ...change } }) =>
    updateGate(context.server.core, context.scope, gateId, change),
  ),
  reorder: gates.reorder.handler(async ({ context, input }) => {
    const { core } = context.server
    await getRepository(core, context.scope, input.repositoryId)
    return {
      items: await core.db.scoped(context.scope, (tx) =>
        reorderGates(tx, context.scope, input.repositoryId, input.gateIds),
      ),
    }
  }),
  remove: gates.remove.handler(({ context, input }) =>
    done(removeGate(context.server.core, context.scope, input.gateId)),
  ),
  try: gates.try.handler(({ context, input, signal }) =>
    tryGate(context.server.core, context.scope, input.gateId, signal),
  ),
  results: gates.results.handler(async ({ context, input }) => {
    const { core } = context.server
    await getTask(core, context.scope, input.taskId)
    return {
      items: await core.db.scoped(context.scope, (tx) =>
        listGateResults(tx, context.scope, input.taskId),
      ),
    }
  }),
  result: gates.result.handler(({ context, input }) =>
    context.server.core.db.scoped(context.scope, async (tx) =>
      toGateResult(await requireGateResultRow(tx, context.scope, input.gateResultId)),
    ),
  ),
  output: gates.output.handler(async ({ context, input }) =>
    toFile(await readGateOutput(context.server.core, context.scope, input.gateResultId)),
  ),
}
