import { z } from 'zod'
import { GateId, GateResultId, RepositoryId, TaskId } from './ids.ts'
import { Timestamp } from './paging.ts'

export const GateInput = z.object({
  name: z.string().trim().min(1).max(60),
  command: z.string().trim().min(1).max(4000),
  timeoutSeconds: z
    .number()
    .int()
    .min(1)
    .max(6 * 3600)
    .default(600),
  isBlocking: z.boolean().default(true).describe('Its failure holds the change back'),
  isEnabled: z.boolean().default(true),
})
export type GateInput = z.infer<typeof GateInput>

export const Gate = GateInput.extend({
  id: GateId,
  repositoryId: RepositoryId,
  position: z.number().int(),
  foundFrom: z
    .string()
    .nullable()
    .describe('What it was derived from, such as "package.json: scripts.test"'),
})
export type Gate = z.infer<typeof Gate>

export const GateStatus = z.enum([
  'queued',
  'running',
  'passed',
  'failed',
  'timed_out',
  'cancelled',
  'error',
])
export type GateStatus = z.infer<typeof GateStatus>

/** One execution of a gate on one tree. */
export const GateResult = z.object({
  id: GateResultId,
  gateId: GateId.nullable().describe('null once the gate was deleted'),
  taskId: TaskId.nullable(),
  name: z.string(),
  command: z.string(),
  isBlocking: z.boolean(),
  status: GateStatus,
  round: z.number().int().describe('0 for the first run on a task, then one more per fix round'),
  treeId: z.string(),
  exitCode: z.number().int().nullable(),
  durationMs: z.number().int().nullable(),
  outputBytes: z.number().int(),
  outputTail: z.string().describe('The last lines; the whole is at the output operation'),
  problem: z.string().nullable(),
  startedAt: Timestamp.nullable(),
  endedAt: Timestamp.nullable(),
})
export type GateResult = z.infer<typeof GateResult>
