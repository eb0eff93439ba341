import { z } from 'zod'
import { Gate, GateInput, GateResult } from '../gate.ts'
import { GateId, GateResultId, RepositoryId, TaskId } from '../ids.ts'
import { PageQuery, pageOf } from '../paging.ts'
import { Repository, SandboxProviderName, ScanState } from '../repository.ts'
import { Done, operation } from './operation.ts'

const read = { role: 'viewer', scope: 'read' } as const
const write = { role: 'editor', scope: 'repositories' } as const
const admin = { role: 'admin', scope: 'repositories' } as const
const byId = z.object({ repositoryId: RepositoryId })
const Path = z.string().min(1).max(4096)

export const repositories = {
  list: operation('GET', '/repositories', {
    summary: 'List repositories',
    tag: 'Repositories',
    access: read,
  })
    .input(PageQuery.extend({ search: z.string().max(200).optional() }))
    .output(pageOf(Repository)),
  get: operation('GET', '/repositories/{repositoryId}', {
    summary: 'One repository',
    tag: 'Repositories',
    access: read,
  })
    .input(byId)
    .output(Repository),
  add: operation('POST', '/repositories', {
    summary: 'Add a repository that lies on this machine',
    tag: 'Repositories',
    access: admin,
    successStatus: 201,
  })
    .input(z.object({ path: Path }))
    .output(Repository),
  clone: operation('POST', '/repositories/clone', {
    summary: 'Clone by URL; progress is in the workspace stream',
    tag: 'Repositories',
    access: admin,
    successStatus: 202,
  })
    .input(
      z.object({
        url: z.string().min(1).max(2000),
        name: z.string().trim().min(1).max(100).optional(),
      }),
    )
    .output(Repository),
  cancelClone: operation('POST', '/repositories/{repositoryId}/cancel-clone', {
    summary: 'Stop a clone and remove what it fetched',
    tag: 'Repositories',
    access: admin,
  })
    .input(byId)
    .output(Done),
  update: operation('PATCH', '/repositories/{repositoryId}', {
    summary: 'Change the name or the sandbox',
    tag: 'Repositories',
    access: admin,
  })
    .input(
      byId.extend({
        name: z.string().trim().min(1).max(100).optional(),
        sandboxProvider: SandboxProviderName.nullable().optional(),
      }),
    )
    .output(Repository),
  remove: operation('DELETE', '/repositories/{repositoryId}', {
    summary: 'Forget a repository; its folder stays as it is',
    tag: 'Repositories',
    access: admin,
  })
    .input(byId)
    .output(Done),
  refresh: operation('POST', '/repositories/{repositoryId}/refresh', {
    summary: 'Read branch, last commit and cleanliness again',
    tag: 'Repositories',
    access: write,
  })
    .input(byId)
    .output(Repository),
  branches: operation('GET', '/repositories/{repositoryId}/branches', {
    summary: 'List local branches',
    tag: 'Repositories',
    access: read,
  })
    .input(byId)
    .output(
      z.object({
        items: z.array(z.object({ name: z.string(), sha: z.string(), isCurrent: z.boolean() })),
      }),
    ),
  files: operation('GET', '/repositories/{repositoryId}/files', {
    summary: 'Find tracked files by a part of their path',
    tag: 'Repositories',
    access: read,
  })
    .input(
      byId.extend({
        search: z.string().max(200).default(''),
        limit: z.coerce.number().int().min(1).max(200).default(50),
      }),
    )
    .output(z.object({ items: z.array(z.string()) })),
  instructions: operation('GET', '/repositories/{repositoryId}/instructions', {
    summary: 'The AGENTS.md and CLAUDE.md files that an agent will read',
    tag: 'Repositories',
    access: read,
  })
    .input(byId)
    .output(z.object({ items: z.array(z.object({ path: z.string(), text: z.string() })) })),
  scan: operation('POST', '/repositories/scan', {
    summary: 'Look for repositories below folders',
    tag: 'Repositories',
    access: admin,
    successStatus: 202,
  })
    .input(z.object({ roots: z.array(Path).min(1).max(20) }))
    .output(ScanState),
  scanState: operation('GET', '/repositories/scan', {
    summary: 'How the newest scan stands and what it found',
    tag: 'Repositories',
    access: { role: 'admin', scope: 'read' },
  }).output(ScanState),
  cancelScan: operation('POST', '/repositories/scan/cancel', {
    summary: 'Stop the scan',
    tag: 'Repositories',
    access: admin,
  }).output(ScanState),
  addSample: operation('POST', '/repositories/sample', {
    summary: 'Make the sample repository, with a recorded model and no key',
    tag: 'Repositories',
    access: write,
    successStatus: 201,
  }).output(Repository),
}

export const gates = {
  list: operation('GET', '/repositories/{repositoryId}/gates', {
    summary: 'List gates in order',
    tag: 'Gates',
    access: read,
  })
    .input(byId)
    .output(z.object({ items: z.array(Gate) })),
  find: operation('POST', '/repositories/{repositoryId}/gates/find', {
    summary: 'Find gates in the repository and add the new ones',
    tag: 'Gates',
    access: write,
  })
    .input(byId)
    .output(z.object({ items: z.array(Gate), added: z.number().int() })),
  create: operation('POST', '/repositories/{repositoryId}/gates', {
    summary: 'Add a gate',
    tag: 'Gates',
    access: write,
    successStatus: 201,
  })
    .input(byId.extend(GateInput.shape))
    .output(Gate),
  update: operation('PATCH', '/gates/{gateId}', {
    summary: 'Change a gate',
    tag: 'Gates',
    access: write,
  })
    .input(
      z.object({
        gateId: GateId,
        name: GateInput.shape.name.optional(),
        command: GateInput.shape.command.optional(),
        timeoutSeconds: z.number().int().min(1).max(21_600).optional(),
        isBlocking: z.boolean().optional(),
        isEnabled: z.boolean().optional(),
      }),
    )
    .output(Gate),
  reorder: operation('PUT', '/repositories/{repositoryId}/gates/order', {
    summary: 'Set the order in which gates run',
    tag: 'Gates',
    access: write,
  })
    .input(byId.extend({ gateIds: z.array(GateId).max(200) }))
    .output(z.object({ items: z.array(Gate) })),
  remove: operation('DELETE', '/gates/{gateId}', {
    summary: 'Delete a gate',
    tag: 'Gates',
    access: write,
  })
    .input(z.object({ gateId: GateId }))
    .output(Done),
  try: operation('POST', '/gates/{gateId}/try', {
    summary: "Run a gate on the repository's current commit; watch the run's stream",
    tag: 'Gates',
    access: write,
    successStatus: 202,
  })
    .input(z.object({ gateId: GateId }))
    .output(GateResult.extend({ stream: z.string() })),
  results: operation('GET', '/tasks/{taskId}/gate-results', {
    summary: 'Every gate result of a task, over all rounds',
    tag: 'Gates',
    access: read,
  })
    .input(z.object({ taskId: TaskId }))
    .output(z.object({ items: z.array(GateResult) })),
  result: operation('GET', '/gate-results/{gateResultId}', {
    summary: 'One gate result',
    tag: 'Gates',
    access: read,
  })
    .input(z.object({ gateResultId: GateResultId }))
    .output(GateResult),
  output: operation('GET', '/gate-results/{gateResultId}/output', {
    summary: 'The whole output of a gate',
    tag: 'Gates',
    access: read,
  })
    .input(z.object({ gateResultId: GateResultId }))
    .output(z.file()),
}
