import { z } from 'zod'
import { RunId } from './ids.ts'
import { Timestamp } from './paging.ts'

export const RunStatus = z.enum([
  'queued',
  'running',
  'waiting',
  'completed',
  'failed',
  'cancelled',
  'dead',
])
export type RunStatus = z.infer<typeof RunStatus>

export const Run = z.object({
  id: RunId,
  kind: z.string(),
  subjectType: z.string().nullable(),
  subjectId: z.string().nullable(),
  status: RunStatus,
  error: z.object({ code: z.string(), message: z.string() }).nullable(),
  priority: z.number().int(),
  forkedFrom: RunId.nullable(),
  workerId: z.string().nullable(),
  createdAt: Timestamp,
  startedAt: Timestamp.nullable(),
  endedAt: Timestamp.nullable(),
})
export type Run = z.infer<typeof Run>

export const RunStep = z.object({
  position: z.number().int(),
  name: z.string(),
  attempt: z.number().int(),
  status: z.enum(['running', 'completed', 'failed', 'cancelled']),
  startedAt: Timestamp,
  endedAt: Timestamp.nullable(),
  error: z.string().nullable(),
})
export type RunStep = z.infer<typeof RunStep>
