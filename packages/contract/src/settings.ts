import { z } from 'zod'
import { Timestamp } from './paging.ts'
import { SandboxProviderName } from './repository.ts'

/** Limits and defaults of a workspace; every field has a bound and a unit in its name. */
export const WorkspaceSettings = z.object({
  sandboxProvider: SandboxProviderName.default('bubblewrap'),
  allowUnsandboxed: z
    .boolean()
    .default(false)
    .describe(
      'Lets people choose `worktree`: commands then run on the host, with its files and network',
    ),
  sandboxMemoryMegabytes: z.number().int().min(128).max(1_048_576).default(4096),
  sandboxProcesses: z.number().int().min(16).max(65_536).default(1024),
  commandTimeoutSeconds: z.number().int().min(1).max(21_600).default(600),
  maxTurns: z.number().int().min(1).max(1000).default(100),
  maxTokensPerTask: z.number().int().min(1000).max(1_000_000_000).default(5_000_000),
  maxCostMicrosPerTask: z.number().int().min(0).max(1_000_000_000_000).default(20_000_000),
  monthlyBudgetMicros: z
    .number()
    .int()
    .min(0)
    .max(1_000_000_000_000)
    .default(0)
    .describe('Of the whole workspace for a calendar month (UTC); 0 sets none'),
  maxMinutesPerTask: z.number().int().min(1).max(1440).default(120),
  maxFixRounds: z.number().int().min(0).max(20).default(3),
  concurrentTasks: z.number().int().min(1).max(100).default(4),
  abandonSessionsAfterDays: z.number().int().min(1).max(365).default(14),
})
export type WorkspaceSettings = z.infer<typeof WorkspaceSettings>

export const SandboxAvailability = z.object({
  name: SandboxProviderName,
  isIsolating: z.boolean(),
  isAvailable: z.boolean(),
  version: z.string().nullable(),
  reason: z.string().nullable(),
  remedy: z.string().nullable(),
})
export type SandboxAvailability = z.infer<typeof SandboxAvailability>

export const About = z.object({
  version: z.string(),
  node: z.string(),
  dataFolder: z.string(),
  database: z.object({
    kind: z.enum(['embedded', 'external']),
    version: z.string(),
    schemaVersion: z.string(),
  }),
  startedAt: Timestamp,
  sandboxes: z.array(SandboxAvailability),
  workers: z.array(
    z.object({ id: z.string(), heartbeatAt: Timestamp, roles: z.array(z.string()) }),
  ),
})
export type About = z.infer<typeof About>
